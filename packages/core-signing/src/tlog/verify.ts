import { equalBytes } from '../bytes.js';
import { EMPTY_ROOT, isHash, nodeHash } from './hash.js';
import { half, isSize } from './size.js';

/** No tree of up to 2^53 - 1 leaves has a longer path, and C2SP allows no more lines. */
export const MAX_PROOF_HASHES = 63;

/** The claim that `leaf`, a leaf hash, is at `index` under `root`. */
export interface InclusionClaim {
  readonly index: number;
  readonly size: number;
  readonly leaf: Uint8Array;
  readonly proof: readonly Uint8Array[];
  readonly root: Uint8Array;
}

/** The claim that the tree of `root2` begins with the tree of `root1`. */
export interface ConsistencyClaim {
  readonly size1: number;
  readonly size2: number;
  readonly root1: Uint8Array;
  readonly root2: Uint8Array;
  readonly proof: readonly Uint8Array[];
}

interface SubtreeClaim {
  readonly start: number;
  readonly end: number;
  readonly size: number;
  readonly root1: Uint8Array;
  readonly root2: Uint8Array;
  readonly proof: readonly Uint8Array[];
}

/**
 * True if a leaf is at `index` of the tree with this size and root (RFC 9162, 2.1.3.2).
 *
 * False for malformed input (positions outside the tree, numbers that are not integers or above
 * 2^53 - 1, hashes that are not 32 bytes, a path of the wrong length); never throws.
 */
export function verifyInclusion(claim: InclusionClaim): boolean {
  const { index, size, leaf, proof, root } = claim;
  if (!isSize(index) || !isSize(size) || index >= size) return false;
  if (!isHash(leaf) || !isHash(root) || !isProof(proof)) return false;
  let position = index;
  let last = size - 1;
  let hash = leaf;
  for (const sibling of proof) {
    if (last === 0) return false;
    const fromLeft = position % 2 === 1 || position === last;
    hash = fromLeft ? nodeHash(sibling, hash) : nodeHash(hash, sibling);
    // A node without a right neighbour moves up unchanged.
    while (fromLeft && position % 2 === 0 && position > 0) {
      position = half(position);
      last = half(last);
    }
    position = half(position);
    last = half(last);
  }
  return last === 0 && equalBytes(hash, root);
}

/**
 * True if one tree extends another without changing it (RFC 9162, 2.1.4.2).
 *
 * Every tree extends size 0: then `root1` must be the empty root and the proof empty, and `root2`
 * is not checked. Equal sizes need equal roots and an empty proof. False for malformed input, as in
 * `verifyInclusion`; never throws.
 */
export function verifyConsistency(claim: ConsistencyClaim): boolean {
  const { size1, size2, root1, root2, proof } = claim;
  if (size2 === 0 && !(isHash(root2) && equalBytes(root2, EMPTY_ROOT))) return false;
  return verifySubtreeConsistency({ start: 0, end: size1, size: size2, root1, root2, proof });
}

/** Verifies inclusion in one subtree D[start:end] (draft-ietf-plants-merkle-tree-certs). */
export function verifySubtreeInclusion(
  claim: Omit<InclusionClaim, 'size'> & { readonly start: number; readonly end: number },
): boolean {
  const { start, end, index } = claim;
  if (!isSubtree(start, end) || !isSize(index)) return false;
  return verifyInclusion({ ...claim, index: index - start, size: end - start });
}

/**
 * True if the subtree D[start:end] with `root1` is part of the tree with `size` and `root2`
 * (draft-ietf-plants-merkle-tree-certs); with a `start` of 0 it is consistency of RFC 9162.
 */
export function verifySubtreeConsistency(claim: SubtreeClaim): boolean {
  const { start, end, size, root1, root2, proof } = claim;
  if (!isSize(size) || !isSubtree(start, end) || end > size) return false;
  if (!isHash(root1) || !isHash(root2) || !isProof(proof)) return false;
  if (start === end) return proof.length === 0 && equalBytes(root1, EMPTY_ROOT);

  // First and last node of the subtree and last node of the tree, level by level.
  let level = climbWhile(
    { first: start, last: end - 1, edge: size - 1 },
    ({ first, last, edge }) => first !== last && (last === edge || last % 2 === 1),
  );
  const hashes = [...proof];
  let old = level.first === level.last ? root1 : hashes.shift();
  if (old === undefined) return false;
  let now = old;
  for (const hash of hashes) {
    if (level.edge === 0) return false;
    if (level.last % 2 === 1 || level.last === level.edge) {
      if (level.first < level.last) old = nodeHash(hash, old);
      now = nodeHash(hash, now);
      level = climbWhile(level, ({ last }) => last % 2 === 0 && last > 0);
    } else {
      now = nodeHash(now, hash);
    }
    level = up(level);
  }
  return level.edge === 0 && equalBytes(old, root1) && equalBytes(now, root2);
}

interface Level {
  readonly first: number;
  readonly last: number;
  readonly edge: number;
}

function climbWhile(from: Level, condition: (level: Level) => boolean): Level {
  let level = from;
  while (condition(level)) level = up(level);
  return level;
}

function up({ first, last, edge }: Level): Level {
  return { first: half(first), last: half(last), edge: half(edge) };
}

/** A subtree begins at a multiple of the smallest power of two that holds it. */
function isSubtree(start: number, end: number): boolean {
  if (!isSize(start) || !isSize(end) || start > end) return false;
  let width = 1;
  while (width < end - start) width *= 2;
  return start % width === 0;
}

function isProof(proof: unknown): proof is readonly Uint8Array[] {
  return Array.isArray(proof) && proof.length <= MAX_PROOF_HASHES && [...proof].every(isHash);
}
