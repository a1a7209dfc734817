import { SigningError } from '../error.js';
import { assertHash, nodeHash } from './hash.js';
import { consistencyProof, inclusionProof, rangeRoot, type SubtreeSource } from './prove.js';
import { assertSize } from './size.js';

/** A Merkle tree in memory with all its complete subtrees: 64 bytes of hashes per leaf. */
export interface Tree {
  /** Number of leaves so far. */
  readonly size: number;
  /**
   * Adds a leaf hash on the right and returns its index.
   *
   * @throws {SigningError} `SIGNING_PROOF_INVALID` for anything but 32 bytes.
   */
  append(leaf: Uint8Array): number;
  /**
   * The RFC 6962 root over the first `size` leaves; default all leaves.
   *
   * @throws {SigningError} `SIGNING_PROOF_INVALID` for a size the tree never had.
   */
  root(size?: number): Uint8Array;
  /** Like the function `inclusionProof`, over this tree; `size` defaults to all leaves. */
  inclusionProof(index: number, size?: number): readonly Uint8Array[];
  /** Like the function `consistencyProof`, over this tree; `size2` defaults to all leaves. */
  consistencyProof(size1: number, size2?: number): readonly Uint8Array[];
  /**
   * The root of a complete, aligned subtree, for building tiles or proofs.
   *
   * @throws {SigningError} `SIGNING_PROOF_INVALID` for a range that is not such a subtree.
   */
  readonly subtree: SubtreeSource;
}

/**
 * Creates a tree in memory over leaf hashes.
 *
 * @throws {SigningError} `SIGNING_PROOF_INVALID` for a leaf that is not 32 bytes.
 */
export function createTree(leaves: Iterable<Uint8Array> = []): Tree {
  // levels[k][i] is the root of the leaves i * 2^k to (i + 1) * 2^k.
  const levels: Uint8Array[][] = [[]];
  const count = () => levels[0]?.length ?? 0;
  const checked = (size = count()) => {
    assertSize('size', size, count());
    return size;
  };
  const subtree: SubtreeSource = (start, end) => {
    const hash = levels[Math.log2(end - start)]?.[start / (end - start)];
    if (hash !== undefined) return hash.slice();
    throw new SigningError('SIGNING_PROOF_INVALID', 'not a complete subtree of the tree', {
      details: { start, end, size: count() },
    });
  };
  const tree: Tree = {
    get size() {
      return count();
    },
    append(leaf) {
      assertHash(leaf);
      addNode(levels, leaf.slice());
      return count() - 1;
    },
    root: (size) => rangeRoot(0, checked(size), subtree),
    inclusionProof: (index, size) => inclusionProof(index, checked(size), subtree),
    consistencyProof: (size1, size2) => consistencyProof(size1, checked(size2), subtree),
    subtree,
  };
  for (const leaf of leaves) tree.append(leaf);
  return tree;
}

/** Adds a leaf and every inner node that it completes. */
function addNode(levels: Uint8Array[][], leaf: Uint8Array): void {
  let hash = leaf;
  for (let height = 0; ; height += 1) {
    const level = levels[height] ?? [];
    levels[height] = level;
    level.push(hash);
    const left = level.at(-2);
    if (level.length % 2 === 1 || left === undefined) return;
    hash = nodeHash(left, hash);
  }
}
