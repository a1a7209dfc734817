import { compareHashes, type IndexSegment } from '@spanforge/core-signing';
import { EventsError } from '../../error.js';
import type { StoredTree } from './stored-tree.js';
import { PAGE_ENTRIES, type TreeEntry } from './tree-entry.js';

/** Entries in order, of which some can be asked for: a stored tree, or one in memory. */
export interface SortedEntries {
  readonly entries: number;
  at(position: number): Promise<TreeEntry | undefined>;
}

/** Where a term stands in a tree, or would stand. */
export interface FoundTerm {
  readonly position: number;
  /** Absent when the tree has no records of the term. */
  readonly segments?: readonly IndexSegment[];
  readonly left?: TreeEntry;
  readonly right?: TreeEntry;
}

/** A stored tree's entries by position; a page that was read last is not read again. */
export function sortedEntries(tree: StoredTree): SortedEntries {
  let last: { readonly number: number; readonly page: Promise<readonly TreeEntry[]> } | undefined;
  return {
    entries: tree.entries,
    async at(position) {
      if (position < 0 || position >= tree.entries) return undefined;
      const number = Math.floor(position / PAGE_ENTRIES);
      if (last?.number !== number) last = { number, page: tree.page(number) };
      return (await last.page)[position % PAGE_ENTRIES];
    },
  };
}

/** The position in the one page where the term belongs, if the first terms of pages are right. */
export async function positionIn(tree: StoredTree, term: Uint8Array): Promise<number> {
  const number = tree.pageFor(term);
  const page = await tree.page(number);
  const before = page.filter((entry) => compareHashes(entry.term, term) < 0).length;
  return number * PAGE_ENTRIES + before;
}

/**
 * Looks at both neighbours of a position, so that what is said about the term follows from entries
 * that were signed.
 *
 * @throws {EventsError} `EVENTS_PROOF_UNAVAILABLE` when the term does not belong there.
 */
export async function lookUp(
  sorted: SortedEntries,
  position: number,
  term: Uint8Array,
): Promise<FoundTerm> {
  const left = await sorted.at(position - 1);
  const right = await sorted.at(position);
  const ordered = right ? compareHashes(term, right.term) : -1;
  const misplaced = (left && compareHashes(left.term, term) >= 0) || ordered > 0;
  if (misplaced || (!left && position > 0) || (!right && position < sorted.entries)) {
    throw new EventsError('EVENTS_PROOF_UNAVAILABLE', 'a stored tree of the index is damaged', {
      details: { reason: 'index_damaged', position },
    });
  }
  if (right && ordered === 0) return { position, segments: right.segments };
  return { position, ...(left && { left }), ...(right && { right }) };
}
