import { compareHashes } from '@spanforge/core-signing';
import type { EvidenceStore, StoreRecord } from '../store.js';
import { isProvenTerm } from './record-terms.js';

/**
 * The terms of records that this process has just appended, so that its signer need not parse the bytes
 * again. They are found by the leaf hash, which the signer computes from the bytes itself, so they
 * cannot belong to other bytes.
 */
export interface RecentTerms {
  /** Notes what was stored from `first` on. */
  note(first: number, records: readonly StoreRecord[]): void;
  /** The proven terms of a record, once; undefined where the bytes have to be read. */
  take(index: number, leaf: Uint8Array): readonly string[] | undefined;
}

/** Records kept for a signer that is late; those before them are read from their bytes. */
const MOST = 16_384;

function createRecentTerms(): RecentTerms {
  const kept = new Map<number, { readonly leaf: Uint8Array; readonly terms: readonly string[] }>();
  return {
    note(first, records) {
      for (const [at, { leaf, terms }] of records.entries()) kept.set(first + at, { leaf, terms });
      for (const oldest of kept.keys()) {
        if (kept.size <= MOST) return;
        kept.delete(oldest);
      }
    },
    take(index, leaf) {
      const found = kept.get(index);
      if (!found) return undefined;
      kept.delete(index);
      const same = found.leaf.length === leaf.length && compareHashes(found.leaf, leaf) === 0;
      return same ? found.terms.filter(isProvenTerm) : undefined;
    },
  };
}

/** One for each store that this process signs; none is kept for other stores. */
const known = new WeakMap<EvidenceStore, RecentTerms>();

/** The terms of recent records of a store; undefined when this process does not sign it. */
export function findRecentTerms(store: EvidenceStore): RecentTerms | undefined {
  return known.get(store);
}

/** For the signer of a store: from now on its log notes the terms of what it appends. */
export function keepRecentTerms(store: EvidenceStore): RecentTerms {
  const kept = known.get(store) ?? createRecentTerms();
  known.set(store, kept);
  return kept;
}
