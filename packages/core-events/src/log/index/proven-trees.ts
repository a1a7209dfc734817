import { equalBytes, type IndexSegment, type IndexTreeHead, toHex } from '@spanforge/core-signing';
import { EventsError } from '../../error.js';
import type { EvidenceStore } from '../store.js';
import { lookUp, positionIn, sortedEntries } from './lookup.js';
import { beginningOf, keepProvenPages, type PageTerms } from './proven-pages.js';
import { openTree, type StoredTree } from './stored-tree.js';

/** Signed trees as they are stored; what was proven of them is remembered. */
export interface ProvenTrees {
  /** Forgets all trees but these. */
  keep(heads: readonly IndexTreeHead[]): void;
  /**
   * The segments of a term in a signed tree.
   *
   * @throws {EventsError} `EVENTS_INDEX_INCOMPLETE` when the stored tree is not what was signed.
   */
  segmentsOf(head: IndexTreeHead, hash: Uint8Array): Promise<readonly IndexSegment[]>;
}

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

/** Opens the signed trees of one log, each when it is first asked about. */
export function createProvenTrees(store: EvidenceStore): ProvenTrees {
  const pages = keepProvenPages(store);
  let opened = new Map<string, StoredTree>();

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

  async function segmentsOf(
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
    keep(heads) {
      const names = new Set(heads.map(nameOf));
      opened = new Map([...opened].filter(([name]) => names.has(name)));
    },
    segmentsOf,
  };
}
