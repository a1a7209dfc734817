import { nodeHash, type SubtreeSource } from '@spanforge/core-signing';

const HASH = 32;

/** Hashes one after the other. */
export function joinHashes(hashes: readonly Uint8Array[]): Uint8Array {
  const joined = new Uint8Array(hashes.length * HASH);
  for (const [at, hash] of hashes.entries()) joined.set(hash, at * HASH);
  return joined;
}

/** Each pair of neighbouring hashes as one; a last hash without a neighbour is left out. */
function levelAbove(hashes: Uint8Array): Uint8Array {
  const above = new Uint8Array(Math.floor(hashes.length / (2 * HASH)) * HASH);
  for (let at = 0; at < above.length; at += HASH) {
    const [left, middle, right] = [2 * at, 2 * at + HASH, 2 * at + 2 * HASH];
    above.set(nodeHash(hashes.subarray(left, middle), hashes.subarray(middle, right)), at);
  }
  return above;
}

/**
 * The roots over all complete, aligned subtrees of hashes that stand one after the other. Levels are
 * kept as bytes: one object for each hash would keep the garbage collector busy.
 */
export function createSubtrees(hashes: Uint8Array): SubtreeSource {
  const levels = [hashes];
  for (let level = hashes; level.length >= 2 * HASH; ) {
    level = levelAbove(level);
    levels.push(level);
  }
  return (start, end) => {
    const at = (start / (end - start)) * HASH;
    return (levels[Math.log2(end - start)] ?? hashes).slice(at, at + HASH);
  };
}
