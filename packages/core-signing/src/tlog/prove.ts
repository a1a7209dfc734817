import { foldPeaks } from './frontier.js';
import { assertSize, splitPoint } from './size.js';

/**
 * Returns MTH(D[start:end]), the root over the leaves `start` to `end` (not included).
 *
 * Called only for complete, aligned subtrees: `end - start` is a power of two, `start` a multiple
 * of it, and `end` at most the size of the tree. A proof needs fewer than 54 calls.
 */
export type SubtreeSource = (start: number, end: number) => Uint8Array;

/**
 * The audit path for leaf `index` in the tree of `size` leaves, leaf side first (RFC 6962, 2.1.1).
 *
 * @throws {SigningError} `SIGNING_PROOF_INVALID` unless `0 <= index < size <= 2^53 - 1`.
 */
export function inclusionProof(
  index: number,
  size: number,
  subtree: SubtreeSource,
): readonly Uint8Array[] {
  assertSize('size', size);
  assertSize('index', index, size - 1);
  const proof: Uint8Array[] = [];
  let [start, end] = [0, size];
  while (end - start > 1) {
    const middle = start + splitPoint(end - start);
    if (index < middle) {
      proof.push(rangeRoot(middle, end, subtree));
      end = middle;
    } else {
      proof.push(rangeRoot(start, middle, subtree));
      start = middle;
    }
  }
  return proof.reverse();
}

/**
 * The proof that the tree of `size2` leaves extends the one of `size1` (RFC 6962, 2.1.2).
 *
 * Empty if there is nothing to prove: from size 0 and between equal sizes.
 *
 * @throws {SigningError} `SIGNING_PROOF_INVALID` unless `0 <= size1 <= size2 <= 2^53 - 1`.
 */
export function consistencyProof(
  size1: number,
  size2: number,
  subtree: SubtreeSource,
): readonly Uint8Array[] {
  assertSize('size2', size2);
  assertSize('size1', size1, size2);
  if (size1 === 0 || size1 === size2) return [];
  const proof: Uint8Array[] = [];
  let [start, end] = [0, size2];
  while (end !== size1) {
    const middle = start + splitPoint(end - start);
    if (size1 <= middle) {
      proof.push(rangeRoot(middle, end, subtree));
      end = middle;
    } else {
      proof.push(rangeRoot(start, middle, subtree));
      start = middle;
    }
  }
  // The verifier has the root of the whole old tree, but not of parts of it.
  if (start > 0) proof.push(rangeRoot(start, end, subtree));
  return proof.reverse();
}

/** MTH(D[start:end]) from complete subtrees, for a `start` aligned to the size of the range. */
export function rangeRoot(start: number, end: number, subtree: SubtreeSource): Uint8Array {
  const peaks: Uint8Array[] = [];
  let position = start;
  for (let rest = end - start; rest > 0; rest = end - position) {
    const width = rest === 1 ? 1 : completeWidth(rest);
    peaks.push(subtree(position, position + width));
    position += width;
  }
  return foldPeaks(peaks);
}

/** The largest power of two not above `size`. */
function completeWidth(size: number): number {
  const split = splitPoint(size);
  return split * 2 === size ? size : split;
}
