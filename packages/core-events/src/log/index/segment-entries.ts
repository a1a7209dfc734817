import {
  compareHashes,
  INDEX_SEGMENT,
  indexSegmentDigest,
  indexTermHash,
  type LeafPosition,
} from '@spanforge/core-signing';
import { turn } from '../turn.js';
import { PAGE_ENTRIES, type TreeEntry, treeEntry } from './tree-entry.js';

/** The terms of one segment's records, gathered as they are read. */
export interface SegmentEntries {
  readonly segment: number;
  /** Adds the next record of the segment with its proven terms. */
  add(record: LeafPosition, terms: readonly string[]): void;
  /** The entries so far, sorted by the hash of their term. */
  entries(): Promise<readonly TreeEntry[]>;
}

/** Starts the entries of a segment. */
export function createSegmentEntries(segment: number): SegmentEntries {
  const terms = new Map<string, LeafPosition[]>();
  return {
    segment,
    add(position, found) {
      for (const term of found) {
        const list = terms.get(term);
        if (list) list.push(position);
        else terms.set(term, [position]);
      }
    },
    async entries() {
      const entries: TreeEntry[] = [];
      for (const [term, records] of terms) {
        const digest = indexSegmentDigest(records);
        entries.push(treeEntry(indexTermHash(term), [{ segment, digest }]));
        if (entries.length % PAGE_ENTRIES === 0) await turn();
      }
      return entries.sort((a, b) => compareHashes(a.term, b.term));
    },
  };
}

/** The number of the segment that holds a record. */
export function indexSegmentOf(index: number): number {
  return Math.floor(index / INDEX_SEGMENT);
}
