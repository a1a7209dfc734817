import {
  compareHashes,
  equalBytes,
  formatIndexProof,
  INDEX_SEGMENT,
  type IndexEntry,
  type IndexTreeHead,
  type IndexTreeProof,
  inclusionProof,
  indexTermHash,
  merkleRoot,
  type ProvenIndexEntry,
  rangeRoot,
  type SubtreeSource,
} from '@spanforge/core-signing';
import { EventsError } from '../../error.js';
import type { EvidenceStore } from '../store.js';
import { createSubtrees, joinHashes } from '../subtrees.js';
import { readSegmentEntries } from './index-builder.js';
import type { SignedIndexHead } from './index-head.js';
import { type FoundTerm, lookUp, positionIn, type SortedEntries, sortedEntries } from './lookup.js';
import { openTree, type StoredTree } from './stored-tree.js';
import { PAGE_ENTRIES, type TreeEntry, toIndexEntry } from './tree-entry.js';

/** Proves which records have a term. */
export interface IndexProver {
  /**
   * The proof file that certain records are all records of a term below the head's size; which ones,
   * the verifier learns from the records (docs/reference/index-proofs.md).
   *
   * @param term One of {@link indexTerms}.
   * @throws {EventsError} `EVENTS_PROOF_UNAVAILABLE` when a stored tree is missing or damaged:
   *   `reindex` makes it again; or when the records of the open segment are not those that were
   *   signed.
   */
  prove(head: SignedIndexHead, term: string): Promise<string>;
}

/** A tree that can give the hash of any of its subtrees. */
interface ProvableTree {
  readonly sorted: SortedEntries;
  position(term: Uint8Array): Promise<number>;
  path(position: number): Promise<readonly Uint8Array[]>;
}

/** Each page is read and compared once, however often a proof asks for it. */
function rememberPages(tree: StoredTree): StoredTree {
  const pages = new Map<number, ReturnType<StoredTree['page']>>();
  return {
    ...tree,
    page(number) {
      const page = pages.get(number) ?? tree.page(number);
      pages.set(number, page);
      return page;
    },
  };
}

function subtreesOf(
  leaves: ReadonlyMap<number, Uint8Array>,
  overPages: SubtreeSource,
): SubtreeSource {
  return (start, end) => {
    if (end - start >= PAGE_ENTRIES) return overPages(start / PAGE_ENTRIES, end / PAGE_ENTRIES);
    const width = end - start;
    return merkleRoot(
      Array.from({ length: width }, (_, at) => leaves.get(start + at) ?? new Uint8Array(32)),
    );
  };
}

function provableStored(stored: StoredTree): ProvableTree {
  const tree = rememberPages(stored);
  return {
    sorted: sortedEntries(tree),
    position: (term) => positionIn(tree, term),
    async path(position) {
      const leaves = new Map<number, Uint8Array>();
      // The hash of the last page's parts is asked for where that page is not full.
      for (const page of new Set([
        Math.floor(position / PAGE_ENTRIES),
        tree.pageRoots.length - 1,
      ])) {
        for (const [at, { leaf }] of (await tree.page(page)).entries()) {
          leaves.set(page * PAGE_ENTRIES + at, leaf);
        }
      }
      return inclusionProof(position, tree.entries, subtreesOf(leaves, tree.overPages));
    },
  };
}

function provableOpen(entries: readonly TreeEntry[], subtree: SubtreeSource): ProvableTree {
  return {
    sorted: { entries: entries.length, at: async (position) => entries[position] },
    position: async (term) => entries.filter((entry) => compareHashes(entry.term, term) < 0).length,
    path: async (position) => inclusionProof(position, entries.length, subtree),
  };
}

async function openProvable(store: EvidenceStore, tree: IndexTreeHead): Promise<ProvableTree> {
  if ((tree.end - tree.first) % INDEX_SEGMENT === 0) {
    return provableStored(await openTree(store, tree));
  }
  const entries = await readSegmentEntries(store, tree);
  const subtree = createSubtrees(joinHashes(entries.map(({ leaf }) => leaf)));
  if (!equalBytes(rangeRoot(0, entries.length, subtree), tree.root)) {
    throw new EventsError('EVENTS_PROOF_UNAVAILABLE', 'the open segment is not what was signed', {
      details: { reason: 'records_changed', first: tree.first, end: tree.end },
    });
  }
  return provableOpen(entries, subtree);
}

async function proveIn(tree: ProvableTree, term: Uint8Array): Promise<IndexTreeProof> {
  const position = await tree.position(term);
  const found: FoundTerm = await lookUp(tree.sorted, position, term);
  if (found.segments) return { kind: 'present', position, path: await tree.path(position) };
  const proven = async (at: number, entry: TreeEntry): Promise<ProvenIndexEntry> => {
    const { digest }: IndexEntry = toIndexEntry(entry);
    return { term: entry.term, digest, path: await tree.path(at) };
  };
  return {
    kind: 'absent',
    position,
    ...(found.left && { left: await proven(position - 1, found.left) }),
    ...(found.right && { right: await proven(position, found.right) }),
  };
}

/** Makes index proofs from what a store keeps; reads only. */
export function createIndexProver(store: EvidenceStore): IndexProver {
  return {
    async prove({ trees, note }, term) {
      const hash = indexTermHash(term);
      const proven = [];
      for (const tree of trees) {
        const { entries, root } = tree;
        proven.push({ entries, root, proof: await proveIn(await openProvable(store, tree), hash) });
      }
      return formatIndexProof({ term, trees: proven, head: note });
    },
  };
}
