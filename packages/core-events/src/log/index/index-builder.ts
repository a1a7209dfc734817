import {
  equalBytes,
  INDEX_FAN_OUT,
  INDEX_SEGMENT,
  type IndexRange,
  type IndexTreeHead,
} from '@spanforge/core-signing';
import { EventsError } from '../../error.js';
import { freezeAdvice } from '../freeze-advice.js';
import type { EvidenceStore } from '../store.js';
import { provenTerms } from './record-terms.js';
import { createSegmentEntries, indexSegmentOf, type SegmentEntries } from './segment-entries.js';
import { mergeEntries, openTree, writeTree } from './stored-tree.js';
import { pageRoot, type TreeEntry } from './tree-entry.js';

/** Builds the index of a log as its records are read, segment by segment. */
export interface IndexBuilder {
  /** Records so far, including those below the segment it began with. */
  readonly size: number;
  /**
   * Adds the next record with its terms. Returns a promise if the record closes a segment, which is then
   * written.
   */
  add(leaf: Uint8Array, terms: readonly string[]): Promise<void> | undefined;
  /** The trees over everything added so far. */
  trees(): Promise<readonly IndexTreeHead[]>;
}

const READ_AT_ONCE = 256;

/** The entries of one segment, from the bytes. */
export async function readSegmentEntries(
  store: EvidenceStore,
  { first, end }: IndexRange,
): Promise<readonly TreeEntry[]> {
  const segment = createSegmentEntries(indexSegmentOf(first));
  for (let at = first; at < end; ) {
    const records = await store.read(at, Math.min(READ_AT_ONCE, end - at));
    if (records.length === 0) {
      throw new EventsError('EVENTS_PROOF_UNAVAILABLE', 'the store does not hold these records', {
        details: { first: at, count: end - at },
      });
    }
    for (const { leaf, bytes } of records) segment.add(leaf, provenTerms(bytes));
    at += records.length;
  }
  return segment.entries();
}

/** The four parts a tree above level 0 was merged from. */
function partsOf({ first, end }: IndexRange): readonly IndexRange[] {
  const width = (end - first) / INDEX_FAN_OUT;
  return Array.from({ length: INDEX_FAN_OUT }, (_, at) => ({
    first: first + at * width,
    end: first + (at + 1) * width,
  }));
}

/**
 * Rebuilds a tree of closed segments from the bytes of its records.
 *
 * @throws {EventsError} `EVENTS_PROOF_UNAVAILABLE` when records are missing.
 */
export async function rebuildTree(store: EvidenceStore, range: IndexRange): Promise<IndexTreeHead> {
  if (range.end - range.first === INDEX_SEGMENT) {
    return writeTree(store, range, [await readSegmentEntries(store, range)]);
  }
  const parts: IndexTreeHead[] = [];
  for (const part of partsOf(range)) parts.push(await rebuildTree(store, part));
  return mergeTrees(store, parts);
}

/** Merges adjoining trees; a damaged one is rebuilt, and must get the root that it had. */
async function mergeTrees(
  store: EvidenceStore,
  parts: readonly IndexTreeHead[],
): Promise<IndexTreeHead> {
  const range = { first: parts[0]?.first ?? 0, end: parts.at(-1)?.end ?? 0 };
  const sources = async () => {
    const trees = [];
    for (const part of parts) trees.push(await openTree(store, part));
    return mergeEntries(trees);
  };
  try {
    return await writeTree(store, range, await sources());
  } catch (error) {
    if (!EventsError.is(error) || error.details.reason !== 'index_damaged') throw error;
    for (const part of parts) await requireRebuilt(store, part);
    return writeTree(store, range, await sources());
  }
}

/** @throws {EventsError} `EVENTS_LOG_FROZEN` when the bytes no longer give the tree that was signed. */
export async function requireRebuilt(store: EvidenceStore, tree: IndexTreeHead): Promise<void> {
  const { root } = await rebuildTree(store, { first: tree.first, end: tree.end });
  if (equalBytes(root, tree.root)) return;
  const details = { reason: 'index_changed', index: tree.first };
  throw new EventsError(
    'EVENTS_LOG_FROZEN',
    `the log is frozen: index_changed: ${freezeAdvice('index_changed')}`,
    { details },
  );
}

/**
 * Creates a builder that continues after trees that are known to be correct.
 *
 * @param closed Trees of the closed segments, in order; the builder goes on where they end.
 */
export function createIndexBuilder(
  store: EvidenceStore,
  closed: readonly IndexTreeHead[] = [],
): IndexBuilder {
  const forest: IndexTreeHead[] = [...closed];
  let size = closed.at(-1)?.end ?? 0;
  let open: SegmentEntries = createSegmentEntries(indexSegmentOf(size));

  /** As long as the last trees are four of one width, aligned, they become one. */
  async function mergeLast(): Promise<void> {
    while (true) {
      const parts = forest.slice(-INDEX_FAN_OUT);
      const [first] = parts;
      const width = first ? first.end - first.first : 0;
      const equal = parts.every((part) => part.end - part.first === width);
      if (!first || parts.length < INDEX_FAN_OUT || !equal) return;
      const merged = await mergeTrees(store, parts);
      forest.splice(-INDEX_FAN_OUT, INDEX_FAN_OUT, merged);
    }
  }

  async function close(): Promise<void> {
    const range = { first: size - INDEX_SEGMENT, end: size };
    forest.push(await writeTree(store, range, [await open.entries()]));
    open = createSegmentEntries(indexSegmentOf(size));
    await mergeLast();
  }

  return {
    get size() {
      return size;
    },
    add(leaf, terms) {
      open.add(leaf, terms);
      size += 1;
      return size % INDEX_SEGMENT === 0 ? close() : undefined;
    },
    async trees() {
      const first = size - (size % INDEX_SEGMENT);
      if (first === size) return [...forest];
      const entries = await open.entries();
      const root = pageRoot(entries);
      return [...forest, { first, end: size, entries: entries.length, root }];
    },
  };
}
