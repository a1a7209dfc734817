import {
  equalBytes,
  INDEX_SEGMENT,
  type IndexSegment,
  type IndexTreeHead,
  indexTermHash,
  toHex,
} from '@spanforge/core-signing';
import { EventsError } from '../../error.js';
import type { EvidenceStore } from '../store.js';
import type { SignedIndexHead } from './index-head.js';
import { lookUp, positionIn, sortedEntries } from './lookup.js';
import { beginningOf, keepProvenPages, type PageTerms } from './proven-pages.js';
import { openTree, type StoredTree } from './stored-tree.js';

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

const isClosed = ({ first, end }: IndexTreeHead): boolean => (end - first) % INDEX_SEGMENT === 0;

const nameOf = ({ first, end, root }: IndexTreeHead): string => `${first}-${end}-${toHex(root)}`;

/** The place of a term in a page: how many of its terms are smaller. */
function placeIn(terms: PageTerms, term: number): number {
  let [low, high] = [0, terms.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((terms[middle] ?? 0) < term) low = middle + 1;
    else high = middle;
  }
  return low;
}

function unprovable(tree: IndexTreeHead, cause: unknown): EventsError {
  const message = `the signed index of records ${tree.first} to ${tree.end - 1} cannot be read: run "audit fsck", then "audit reindex"`;
  return new EventsError('EVENTS_INDEX_INCOMPLETE', message, {
    details: { first: tree.first, end: tree.end },
    cause,
  });
}

/** Creates the book of one log; reads nothing until the first question. */
export function createTermBook({ store, head }: TermBookParts): TermBook {
  const pages = keepProvenPages(store);
  let opened = new Map<string, StoredTree>();
  let closed: readonly IndexTreeHead[] = [];
  let end = 0;
  let askFrom = INDEX_SEGMENT;

  async function renew(size: number): Promise<number> {
    const found = await head();
    const trees = (found?.trees ?? []).filter(isClosed);
    const newEnd = trees.at(-1)?.end ?? 0;
    if (newEnd > end) {
      const names = new Set(trees.map(nameOf));
      opened = new Map([...opened].filter(([name]) => names.has(name)));
      [closed, end] = [trees, newEnd];
    }
    askFrom = Math.max(end + INDEX_SEGMENT, size + AGAIN_AFTER);
    return end;
  }

  async function open(tree: IndexTreeHead): Promise<StoredTree> {
    const name = nameOf(tree);
    const known = opened.get(name) ?? (await openTree(store, tree));
    opened.set(name, known);
    return known;
  }

  async function termsOf(tree: StoredTree, number: number): Promise<PageTerms | undefined> {
    const root = tree.pageRoots[number];
    if (root === undefined) return undefined;
    return pages.get(root) ?? pages.add(root, await tree.page(number));
  }

  /** Whether a term would lie between two neighbours, in one page or two, and so is proven absent. */
  async function isAbsent(tree: StoredTree, number: number, hash: Uint8Array): Promise<boolean> {
    const terms = await termsOf(tree, number);
    if (terms === undefined) return tree.entries === 0;
    const term = beginningOf(hash);
    const place = placeIn(terms, term);
    if (terms[place] === term) return false;
    if (place > 0 && place < terms.length) return true;
    const [before, after] =
      place === 0
        ? [await termsOf(tree, number - 1), terms]
        : [terms, await termsOf(tree, number + 1)];
    return (before?.at(-1) ?? -1) < term && term < (after?.[0] ?? Number.POSITIVE_INFINITY);
  }

  async function segmentsIn(
    head: IndexTreeHead,
    hash: Uint8Array,
  ): Promise<readonly IndexSegment[]> {
    try {
      const tree = await open(head);
      const number = tree.pageFor(hash);
      if (await isAbsent(tree, number, hash)) return [];
      const page = await tree.page(number);
      const entry = page.find(({ term }) => equalBytes(term, hash));
      if (entry) return entry.segments;
      const found = await lookUp(sortedEntries(tree), await positionIn(tree, hash), hash);
      return found.segments ?? [];
    } catch (cause) {
      const damaged = EventsError.is(cause) && cause.code === 'EVENTS_PROOF_UNAVAILABLE';
      throw damaged ? unprovable(head, cause) : cause;
    }
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
        for (const one of await segmentsIn(tree, hash)) {
          if (one.segment * INDEX_SEGMENT >= from) segments.push(one);
        }
      }
      return { end: asked.end, segments };
    },
  };
}
