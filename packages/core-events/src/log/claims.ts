import {
  equalBytes,
  INDEX_SEGMENT,
  type IndexTreeHead,
  indexTermHash,
  leafHash,
} from '@spanforge/core-signing';
import { EventsError } from '../error.js';
import type { SignedIndexHead } from './index/index-head.js';
import { lookUp, positionIn, sortedEntries } from './index/lookup.js';
import { createOwnTypes } from './index/own-types.js';
import { claimOfBytes } from './index/record-terms.js';
import { isClosed } from './index/segment-entries.js';
import { openTree } from './index/stored-tree.js';
import { unreadPages } from './index/unread-pages.js';
import type { EvidenceStore, StoredRecord } from './store.js';
import { claimTerm } from './terms.js';

/** Finds out which claims were taken, from the signed index and the records' bytes. */
export interface ClaimBook {
  /**
   * Whether a record says that it took the claim: looked up in the signed index as far as that reaches,
   * after it in the bytes of every record. The store's own list of claims is not used.
   *
   * @throws {EventsError} `EVENTS_RECORD_TAMPERED`, `EVENTS_STORE_UNAVAILABLE`.
   */
  isTaken(name: string): Promise<boolean>;
  /** Notes records that this process has appended itself, so that they need not be read. */
  note(first: number, count: number, claim: string | undefined): void;
}

/** Where claims are looked up. */
export interface ClaimBookParts {
  readonly store: EvidenceStore;
  /** The index head signed last, its signature checked. */
  readonly head: () => Promise<SignedIndexHead | undefined>;
}

const NO_TYPES: ReadonlySet<string> = new Set();

function claimOf({ index, bytes, leaf }: StoredRecord): string | undefined {
  if (equalBytes(leafHash(bytes), leaf)) return claimOfBytes(bytes);
  throw new EventsError('EVENTS_RECORD_TAMPERED', `record ${index}: leaf_mismatch`, {
    details: { index, fault: 'leaf_mismatch' },
  });
}

/** Whether a signed tree has the term; undefined when it is missing or damaged. */
async function treeHas(
  store: EvidenceStore,
  head: IndexTreeHead,
  hash: Uint8Array,
): Promise<boolean | undefined> {
  try {
    const tree = await openTree(store, head);
    const found = await lookUp(sortedEntries(tree), await positionIn(tree, hash), hash);
    return found.segments !== undefined;
  } catch (error) {
    if (EventsError.is(error) && error.code === 'EVENTS_PROOF_UNAVAILABLE') return undefined;
    throw error;
  }
}

/** Creates the claim book of one log; reads nothing until the first question. */
export function createClaims({ store, head }: ClaimBookParts): ClaimBook {
  const own = createOwnTypes();
  const taken = new Set<string>();
  /** Records below were read, written by this process, or are covered by signed trees. */
  let readTo = 0;

  async function readRange(from: number, to: number): Promise<void> {
    for await (const records of unreadPages(store, own, NO_TYPES, from, to)) {
      for (const record of records) {
        const claim = claimOf(record);
        if (claim !== undefined) taken.add(claim);
      }
    }
  }

  return {
    async isTaken(name) {
      if (taken.has(name)) return true;
      const size = await store.size();
      const signed = size > INDEX_SEGMENT ? await head() : undefined;
      const trees = signed?.terms === 2 ? signed.trees.filter(isClosed) : [];
      const hash = indexTermHash(claimTerm(name));
      let signedTo = 0;
      for (const tree of trees) {
        const has = await treeHas(store, tree, hash);
        if (has) return true;
        if (has === undefined) await readRange(tree.first, tree.end);
        signedTo = tree.end;
      }
      await readRange(Math.max(readTo, signedTo), size);
      readTo = Math.max(readTo, size);
      return taken.has(name);
    },
    note(first, count, claim) {
      for (let index = first; index < first + count; index += 1) own.note(index, '');
      if (claim !== undefined) taken.add(claim);
    },
  };
}
