import { subtreeRoot } from '#platform';
import { SigningError } from '../error.js';
import { assertHash, EMPTY_ROOT, HASH_SIZE, nodeHash, pairHash } from './hash.js';
import { assertSize, countPeaks, half } from './size.js';

/** The state of a `Frontier`: the roots of its complete subtrees, largest (oldest) first. */
export interface FrontierState {
  readonly size: number;
  readonly hashes: readonly Uint8Array[];
}

/** 256 leaves make one hash of a tile of level 1. */
const TILE_HEIGHT = 8;

/** Subtrees that are computed at once, if they are only compared: smaller ones cost as much, larger ones have tiles. */
const AT_ONCE = { least: 3, most: TILE_HEIGHT - 1 } as const;

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
  /**
   * Adds leaf hashes that stand one after the other, as {@link Frontier.append} would each of them.
   *
   * @param onTile Told the root over each 256 leaves that they complete, in order: what a tile of level 1
   *   holds of them.
   * @throws {SigningError} `SIGNING_PROOF_INVALID` for bytes that are not hashes of 32 bytes.
   */
  extend(leaves: Uint8Array, onTile?: (root: Uint8Array) => void): void;
  /** The RFC 6962 root over all leaves so far. */
  root(): Uint8Array;
  /** A copy of the state, which can be stored and passed to `createFrontier` later. */
  state(): FrontierState;
}

/**
 * Creates a frontier, empty or from a kept state.
 *
 * @param use `compare` for a tree whose roots are compared with signed ones and neither signed nor stored: {@link
 *   Frontier.extend} then computes inner hashes four at a time where the runtime can, in half the time.
 * @throws {SigningError} `SIGNING_PROOF_INVALID` when the state's size is not a whole number up to
 * 2^53 - 1, or its hashes are not exactly one of 32 bytes per set bit of the size.
 */
export function createFrontier(
  state: FrontierState = { size: 0, hashes: [] },
  use: 'sign' | 'compare' = 'sign',
): Frontier {
  assertState(state);
  let size = state.size;
  const peaks: Uint8Array[] = state.hashes.map((hash) => hash.slice());
  /** Adds a complete subtree of `2 ** height` leaves. */
  const add = (root: Uint8Array, height: number, onTile?: (root: Uint8Array) => void): void => {
    let hash = root;
    let level = height;
    let rest = Math.floor(size / 2 ** height);
    for (let left = joinable(rest, peaks); left !== undefined; left = joinable(rest, peaks)) {
      hash = nodeHash(left, hash);
      rest = half(rest);
      level += 1;
      if (level === TILE_HEIGHT) onTile?.(hash);
    }
    peaks.push(hash);
    size += 2 ** height;
  };
  return {
    get size() {
      return size;
    },
    append(leaf) {
      assertHash(leaf);
      assertSize('size', size + 1);
      // Copied, because the leaf is the caller's array.
      add(size % 2 === 0 ? leaf.slice() : leaf, 0);
    },
    extend(leaves, onTile) {
      assertHashes(leaves);
      assertSize('size', size + leaves.length / HASH_SIZE);
      for (let at = 0; at < leaves.length; ) {
        const height = use === 'compare' ? heightAt(size, (leaves.length - at) / HASH_SIZE) : 0;
        const behind = at + HASH_SIZE * 2 ** height;
        const root = height >= AT_ONCE.least ? subtreeRoot(leaves.subarray(at, behind)) : undefined;
        if (root) {
          add(root, height, onTile);
          at = behind;
          continue;
        }
        const paired = size % 2 === 0 && at + 2 * HASH_SIZE <= leaves.length;
        const end = at + (paired ? 2 : 1) * HASH_SIZE;
        const hashes = leaves.subarray(at, end);
        if (paired) add(pairHash(hashes), 1, onTile);
        else add(size % 2 === 0 ? hashes.slice() : hashes, 0, onTile);
        at = end;
      }
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

/** The height of the largest subtree that begins at a size and has no more than so many leaves. */
function heightAt(size: number, leaves: number): number {
  const rest = size % 2 ** AT_ONCE.most;
  const widest = rest === 0 ? 2 ** AT_ONCE.most : rest & -rest;
  return 31 - Math.clz32(Math.min(widest, leaves));
}

/** Removes the last peak if it is as tall as the subtree being added. */
function joinable(rest: number, peaks: Uint8Array[]): Uint8Array | undefined {
  return rest % 2 === 1 ? peaks.pop() : undefined;
}

function assertHashes(leaves: Uint8Array): void {
  if (leaves instanceof Uint8Array && leaves.length % HASH_SIZE === 0) return;
  throw new SigningError('SIGNING_PROOF_INVALID', 'expected tree hashes of 32 bytes each', {
    details: { length: leaves instanceof Uint8Array ? leaves.length : -1 },
  });
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
