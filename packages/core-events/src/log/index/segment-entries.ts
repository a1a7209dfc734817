import {
  compareHashes,
  INDEX_SEGMENT,
  type IndexTreeHead,
  indexRunDigest,
  indexTermHash,
} from '@spanforge/core-signing';
import { HASH_BYTES } from '../tiles.js';
import { turn } from '../turn.js';
import { isProvenTerm } from './record-terms.js';
import { PAGE_ENTRIES, type TreeEntry, treeEntry } from './tree-entry.js';

/** The terms of one segment's records, gathered as they are read. */
export interface SegmentEntries {
  readonly segment: number;
  /** Adds the next record of the segment with its terms; of these the index has the proven ones. */
  add(leaf: Uint8Array, terms: readonly string[]): void;
  /** The entries so far, sorted by the hash of their term. */
  entries(): Promise<readonly TreeEntry[]>;
}

/** Starts the entries of a segment. */
export function createSegmentEntries(segment: number): SegmentEntries {
  const leaves = new Uint8Array(INDEX_SEGMENT * HASH_BYTES);
  const run = { first: segment * INDEX_SEGMENT, leaves };
  const terms = new Map<string, number[]>();
  let size = 0;
  return {
    segment,
    add(leaf, found) {
      leaves.set(leaf, size * HASH_BYTES);
      for (const term of found) {
        if (!isProvenTerm(term)) continue;
        const places = terms.get(term);
        if (places) places.push(size);
        else terms.set(term, [size]);
      }
      size += 1;
    },
    async entries() {
      const entries: TreeEntry[] = [];
      for (const [term, places] of terms) {
        const digest = indexRunDigest(run, places);
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

/** Whether every segment of a signed tree is full, so that the tree never changes again. */
export function isClosed({ first, end }: IndexTreeHead): boolean {
  return (end - first) % INDEX_SEGMENT === 0;
}
