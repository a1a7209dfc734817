import { SigningError } from '../error.js';
import { assertHash, EMPTY_ROOT, nodeHash } from './hash.js';
import { assertSize, countPeaks, half } from './size.js';

/** The state of a `Frontier`: the roots of its complete subtrees, largest (oldest) first. */
export interface FrontierState {
  readonly size: number;
  readonly hashes: readonly Uint8Array[];
}

/**
 * The right edge of a growing tree: enough to append and to compute the root, in O(log n) memory.
 */
export interface Frontier {
  /** Number of leaves so far. */
  readonly size: number;
  /**
   * Adds a leaf hash on the right; one inner hash on average.
   *
   * @throws {SigningError} `SIGNING_PROOF_INVALID` for anything but 32 bytes, or beyond 2^53 - 1
   * leaves.
   */
  append(leaf: Uint8Array): void;
  /** The RFC 6962 root over all leaves so far. */
  root(): Uint8Array;
  /** A copy of the state, which can be stored and passed to `createFrontier` later. */
  state(): FrontierState;
}

/**
 * Creates a frontier, empty or from a kept state.
 *
 * @throws {SigningError} `SIGNING_PROOF_INVALID` when the state's size is not a whole number up to
 * 2^53 - 1, or its hashes are not exactly one of 32 bytes per set bit of the size.
 */
export function createFrontier(state: FrontierState = { size: 0, hashes: [] }): Frontier {
  assertState(state);
  let size = state.size;
  const peaks: Uint8Array[] = state.hashes.map((hash) => hash.slice());
  return {
    get size() {
      return size;
    },
    append(leaf) {
      assertHash(leaf);
      assertSize('size', size + 1);
      let hash = leaf;
      let rest = size;
      for (let left = joinable(rest, peaks); left !== undefined; left = joinable(rest, peaks)) {
        hash = nodeHash(left, hash);
        rest = half(rest);
      }
      // Copied, because the leaf is the caller's array.
      peaks.push(hash === leaf ? leaf.slice() : hash);
      size += 1;
    },
    root: () => foldPeaks(peaks),
    state: () => ({ size, hashes: peaks.map((hash) => hash.slice()) }),
  };
}

/**
 * The RFC 6962 root over leaf hashes.
 *
 * @throws {SigningError} `SIGNING_PROOF_INVALID` for anything but hashes of 32 bytes.
 */
export function merkleRoot(leaves: Iterable<Uint8Array>): Uint8Array {
  const frontier = createFrontier();
  for (const leaf of leaves) frontier.append(leaf);
  return frontier.root();
}

/** The root over adjacent complete subtrees, largest (leftmost) first. */
export function foldPeaks(peaks: readonly Uint8Array[]): Uint8Array {
  if (peaks.length === 0) return EMPTY_ROOT.slice();
  const root = peaks.reduceRight((right, left) => nodeHash(left, right));
  return peaks.length === 1 ? root.slice() : root;
}

/** Removes the last peak if it is as tall as the subtree being added. */
function joinable(rest: number, peaks: Uint8Array[]): Uint8Array | undefined {
  return rest % 2 === 1 ? peaks.pop() : undefined;
}

function assertState(state: FrontierState): void {
  assertSize('size', state.size);
  if (!Array.isArray(state.hashes) || state.hashes.length !== countPeaks(state.size)) {
    throw new SigningError('SIGNING_PROOF_INVALID', 'the state is not that of a tree this large', {
      details: { size: state.size, expected: countPeaks(state.size) },
    });
  }
  state.hashes.forEach(assertHash);
}
