import { compareHashes } from '@spanforge/core-signing';
import type { EvidenceStore, StoreRecord } from '../store.js';
import { isProvenTerm } from './record-terms.js';

/**
 * The terms of records that this process appended to a store a moment ago: its signer need not read
 * them out of the bytes again. They are known by the leaf, which the signer makes from the bytes itself,
 * so what it is told is about these bytes and no others.
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

/** One for each store that is signed by this process; where nothing is signed nothing is kept. */
const known = new WeakMap<EvidenceStore, RecentTerms>();

/** What a log notes the terms of its records in: absent where this process does not sign. */
export function findRecentTerms(store: EvidenceStore): RecentTerms | undefined {
  return known.get(store);
}

/** For the signer of a store: from now on its log notes the terms of what it appends. */
export function keepRecentTerms(store: EvidenceStore): RecentTerms {
  const kept = known.get(store) ?? createRecentTerms();
  known.set(store, kept);
  return kept;
}
