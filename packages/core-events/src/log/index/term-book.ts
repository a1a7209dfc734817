import {
  INDEX_SEGMENT,
  type IndexSegment,
  type IndexTreeHead,
  indexTermHash,
} from '@spanforge/core-signing';
import type { EvidenceStore } from '../store.js';
import type { SignedIndexHead } from './index-head.js';
import { createProvenTrees } from './proven-trees.js';
import { isClosed } from './segment-entries.js';

/** Where the records of a term are, as the log's key has signed it. */
export interface SignedTerm {
  /** The answer covers only records below this index. */
  readonly end: number;
  /** The segments below it with records of the term, ascending. */
  readonly segments: readonly IndexSegment[];
}

/** Looks terms up in the signed index; what was proven is remembered. */
export interface TermBook {
  /**
   * The end of the closed segments that the log's key has signed; 0 in a log without such. Grows, as
   * heads are signed; asks for a newer one where `size` says that there may be one.
   *
   * @throws {EventsError} `EVENTS_STORE_UNAVAILABLE`.
   */
  end(size: number): number | Promise<number>;
  /**
   * The segments of a term, those before `from` left out.
   *
   * @throws {EventsError} `EVENTS_INDEX_INCOMPLETE` when the stored index is not what was signed;
   *   `EVENTS_STORE_UNAVAILABLE`.
   */
  find(term: string, size: number, from?: number): Promise<SignedTerm>;
}

/** Where terms are looked up. */
export interface TermBookParts {
  readonly store: EvidenceStore;
  /** The index head signed last, its signature checked. */
  readonly head: () => Promise<SignedIndexHead | undefined>;
}

/** If no newer head was found, it is looked for again after this many records. */
const AGAIN_AFTER = 512;

/** Creates the book of one log; reads nothing until the first question. */
export function createTermBook({ store, head }: TermBookParts): TermBook {
  const proven = createProvenTrees(store);
  let closed: readonly IndexTreeHead[] = [];
  let end = 0;
  let askFrom = INDEX_SEGMENT;

  async function renew(size: number): Promise<number> {
    const found = await head();
    const trees = (found?.trees ?? []).filter(isClosed);
    const newEnd = trees.at(-1)?.end ?? 0;
    if (newEnd > end) {
      proven.keep(trees);
      [closed, end] = [trees, newEnd];
    }
    askFrom = Math.max(end + INDEX_SEGMENT, size + AGAIN_AFTER);
    return end;
  }

  return {
    end: (size) => (size < askFrom ? end : renew(size)),
    async find(term, size, from = 0) {
      if (size >= askFrom) await renew(size);
      const asked = { closed, end };
      const hash = indexTermHash(term);
      const segments: IndexSegment[] = [];
      for (const tree of asked.closed) {
        if (tree.end <= from) continue;
        for (const one of await proven.segmentsOf(tree, hash)) {
          if (one.segment * INDEX_SEGMENT >= from) segments.push(one);
        }
      }
      return { end: asked.end, segments };
    },
  };
}
