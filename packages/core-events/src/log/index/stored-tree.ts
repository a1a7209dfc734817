import {
  compareHashes,
  equalBytes,
  INDEX_FAN_OUT,
  INDEX_SEGMENT,
  type IndexRange,
  type IndexTreeHead,
  merkleRoot,
  rangeRoot,
  type SubtreeSource,
} from '@spanforge/core-signing';
import { EventsError } from '../../error.js';
import type { EvidenceStore } from '../store.js';
import { createSubtrees, joinHashes } from '../subtrees.js';
import { turn } from '../turn.js';
import { notePage } from './proven-pages.js';
import {
  decodePage,
  encodePage,
  isPage,
  PAGE_ENTRIES,
  pageRoot,
  type TreeEntry,
  treeEntry,
} from './tree-entry.js';

/** Bytes of pages written at a time, so that no append waits long for it. */
const MAX_PUT_BYTES = 128 * 1024;

const HASH = 32;
const PAGE_LINE = 2 * HASH;

const padded = (number: number): string => String(number).padStart(16, '0');

/** Level of a tree: 4^level closed segments. */
export function levelOf({ first, end }: IndexRange): number {
  let level = 0;
  for (let width = INDEX_SEGMENT; width < end - first; width *= INDEX_FAN_OUT) level += 1;
  return level;
}

function nameOf(range: IndexRange): string {
  return `${levelOf(range)}/${padded(range.first / (range.end - range.first))}`;
}

const treeKey = (range: IndexRange): string => `index/tree/${nameOf(range)}`;
const pageKey = (range: IndexRange, page: number): string =>
  `index/page/${nameOf(range)}/${padded(page)}`;

/** Entries in order, some at a time. */
export type EntryRuns = Iterable<readonly TreeEntry[]> | AsyncIterable<readonly TreeEntry[]>;

/**
 * Writes a tree from its entries, in order: the pages first, then what names them. Written again after
 * a crash it is the same tree.
 */
export async function writeTree(
  store: EvidenceStore,
  range: IndexRange,
  runs: EntryRuns,
): Promise<IndexTreeHead> {
  const lines: Uint8Array[] = [];
  const roots: Uint8Array[] = [];
  let waiting: (readonly [string, Uint8Array])[] = [];
  let [bytes, count] = [0, 0];
  let page: TreeEntry[] = [];
  const put = async (): Promise<void> => {
    if (waiting.length > 0) await store.putDerived(waiting);
    [waiting, bytes] = [[], 0];
  };
  const endPage = async (): Promise<void> => {
    const [first] = page;
    if (!first) return;
    const encoded = encodePage(page);
    const root = pageRoot(page);
    notePage(store, root, page);
    waiting.push([pageKey(range, roots.length), encoded]);
    lines.push(first.term, root);
    roots.push(root);
    bytes += encoded.length;
    page = [];
    if (bytes > MAX_PUT_BYTES) await put();
    await turn();
  };
  for await (const run of runs) {
    count += run.length;
    for (const entry of run) if (page.push(entry) === PAGE_ENTRIES) await endPage();
  }
  await endPage();
  const head = new Uint8Array(8 + lines.length * HASH);
  new DataView(head.buffer).setBigUint64(0, BigInt(count));
  for (const [at, line] of lines.entries()) head.set(line, 8 + at * HASH);
  waiting.push([treeKey(range), head]);
  await put();
  return { ...range, entries: count, root: merkleRoot(roots) };
}

/** A stored tree that was found to have the root that was signed. */
export interface StoredTree extends IndexTreeHead {
  readonly pageRoots: readonly Uint8Array[];
  /** The roots over complete, aligned pages, from one page to another. */
  readonly overPages: SubtreeSource;
  /** @throws {EventsError} `EVENTS_PROOF_UNAVAILABLE` when the page is not the one that was signed. */
  page(number: number): Promise<readonly TreeEntry[]>;
  /** The first page that may contain a term. */
  pageFor(term: Uint8Array): number;
}

function damaged(range: IndexRange): EventsError {
  return new EventsError('EVENTS_PROOF_UNAVAILABLE', 'a stored tree of the index is damaged', {
    details: { reason: 'index_damaged', first: range.first, end: range.end },
  });
}

/** @throws {EventsError} `EVENTS_PROOF_UNAVAILABLE` when the tree is missing or another one. */
export async function openTree(store: EvidenceStore, expected: IndexTreeHead): Promise<StoredTree> {
  const { first, end, entries, root } = expected;
  const range = { first, end };
  const head = await store.getDerived(treeKey(range));
  const pages = Math.ceil(entries / PAGE_ENTRIES);
  if (head?.length !== 8 + pages * PAGE_LINE) throw damaged(range);
  const hashAt = (at: number): Uint8Array => head.subarray(8 + at * HASH, 8 + (at + 1) * HASH);
  const pageRoots = Array.from({ length: pages }, (_, at) => hashAt(at * 2 + 1));
  const overPages = createSubtrees(joinHashes(pageRoots));
  if (!equalBytes(rangeRoot(0, pages, overPages), root)) throw damaged(range);
  return {
    ...expected,
    pageRoots,
    overPages,
    async page(number) {
      const bytes = await store.getDerived(pageKey(range, number));
      const signed = pageRoots[number];
      const decoded = bytes && decodeSafely(bytes);
      if (signed && decoded && isPage(decoded, signed)) return decoded;
      throw damaged(range);
    },
    pageFor(term) {
      // First terms are not signed: one that was changed leads to a page that proves nothing.
      let [low, high] = [0, pages];
      while (low < high) {
        const middle = (low + high) >>> 1;
        if (compareHashes(hashAt(middle * 2), term) <= 0) low = middle + 1;
        else high = middle;
      }
      return Math.max(0, low - 1);
    },
  };
}

function decodeSafely(bytes: Uint8Array): readonly TreeEntry[] | undefined {
  try {
    return decodePage(bytes);
  } catch {
    return undefined;
  }
}

/** The position of a merge in one tree. */
interface Cursor {
  readonly tree: StoredTree;
  nextPage: number;
  entries: readonly TreeEntry[];
  at: number;
}

/** Reads the next pages of trees whose entries are used up; answers with the trees that have some left. */
async function refill(cursors: readonly Cursor[]): Promise<readonly Cursor[]> {
  for (const cursor of cursors) {
    if (cursor.at < cursor.entries.length || cursor.nextPage >= cursor.tree.pageRoots.length)
      continue;
    cursor.entries = await cursor.tree.page(cursor.nextPage);
    cursor.nextPage += 1;
    cursor.at = 0;
  }
  return cursors.filter(({ at, entries }) => at < entries.length);
}

/** The entries of a term in several trees as one; that of a single tree stays as it is. */
function joinEntries(found: readonly TreeEntry[]): TreeEntry {
  const [first] = found;
  if (first && found.length === 1) return first;
  const segments = found.flatMap((entry) => entry.segments);
  return treeEntry(first?.term ?? new Uint8Array(HASH), segments);
}

/** Merges what the cursors hold, until one of them has nothing left. */
function mergeRun(cursors: readonly Cursor[]): readonly TreeEntry[] {
  const merged: TreeEntry[] = [];
  while (true) {
    let found: TreeEntry[] = [];
    for (const { entries, at } of cursors) {
      const entry = entries[at];
      if (!entry) return merged;
      const order = found[0] ? compareHashes(entry.term, found[0].term) : -1;
      if (order < 0) found = [entry];
      else if (order === 0) found.push(entry);
    }
    merged.push(joinEntries(found));
    for (const cursor of cursors)
      if (found.includes(cursor.entries[cursor.at] as TreeEntry)) cursor.at += 1;
  }
}

/** Merges trees of adjoining ranges into one sequence of entries; a page of each is in memory. */
export async function* mergeEntries(
  trees: readonly StoredTree[],
): AsyncGenerator<readonly TreeEntry[]> {
  let cursors = await refill(trees.map((tree) => ({ tree, nextPage: 0, entries: [], at: 0 })));
  while (cursors.length > 0) {
    yield mergeRun(cursors);
    cursors = await refill(cursors);
  }
}
