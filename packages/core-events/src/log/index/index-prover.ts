import {
  compareHashes,
  equalBytes,
  formatIndexProof,
  INDEX_SEGMENT,
  type IndexEntry,
  type IndexTreeHead,
  type IndexTreeProof,
  inclusionProof,
  indexLeaf,
  indexTermHash,
  merkleRoot,
  type ProvenIndexEntry,
  type SubtreeSource,
} from '@spanforge/core-signing';
import { EventsError } from '../../error.js';
import type { EvidenceStore } from '../store.js';
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

function subtreesOf(leaves: ReadonlyMap<number, Uint8Array>, pages: readonly Uint8Array[]) {
  const source: SubtreeSource = (start, end) => {
    const width = end - start;
    const of = width >= PAGE_ENTRIES ? pages : undefined;
    const hashes = of
      ? of.slice(start / PAGE_ENTRIES, end / PAGE_ENTRIES)
      : Array.from({ length: width }, (_, at) => leaves.get(start + at) ?? new Uint8Array(32));
    return merkleRoot(hashes);
  };
  return source;
}

const leafOf = (entry: TreeEntry): Uint8Array => indexLeaf(toIndexEntry(entry));

function provableStored(tree: StoredTree): ProvableTree {
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
        for (const [at, entry] of (await tree.page(page)).entries()) {
          leaves.set(page * PAGE_ENTRIES + at, leafOf(entry));
        }
      }
      return inclusionProof(position, tree.entries, subtreesOf(leaves, tree.pageRoots));
    },
  };
}

function provableOpen(entries: readonly TreeEntry[]): ProvableTree {
  const leaves = entries.map(leafOf);
  const subtree: SubtreeSource = (start, end) => merkleRoot(leaves.slice(start, end));
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
  if (!equalBytes(merkleRoot(entries.map(leafOf)), tree.root)) {
    throw new EventsError('EVENTS_PROOF_UNAVAILABLE', 'the open segment is not what was signed', {
      details: { reason: 'records_changed', first: tree.first, end: tree.end },
    });
  }
  return provableOpen(entries);
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
