import {
  consistencyProof,
  equalBytes,
  inclusionProof,
  rangeRoot,
  type SubtreeSource,
} from '@spanforge/core-signing';
import { EventsError } from '../error.js';
import type { EvidenceStore } from './store.js';
import { createSubtrees } from './subtrees.js';
import { createTiles, HASH_BYTES, TILE_WIDTH, type Tiles, tileKey, tileRoot } from './tiles.js';

/**
 * Proofs over the leaf hashes of a store, at any size the log has had.
 *
 * Each method rejects with {@link EventsError} `EVENTS_PROOF_UNAVAILABLE` for leaves the store does
 * not have, and with `SigningError` `SIGNING_PROOF_INVALID` for an invalid index or size.
 */
export interface Prover {
  /** RFC 6962 root over the first `size` leaves, as they are stored now. */
  root(size: number): Promise<Uint8Array>;
  /** The audit path of one leaf in the tree of that size, leaf side first (RFC 6962, 2.1.1). */
  inclusion(index: number, size: number): Promise<readonly Uint8Array[]>;
  /** {@link Prover.inclusion} of several leaves; shared parts of their paths are read and hashed once. */
  inclusions(indexes: readonly number[], size: number): Promise<readonly (readonly Uint8Array[])[]>;
  /** The proof that the tree of `size2` extends that of `size1` (RFC 6962, 2.1.2). */
  consistency(size1: number, size2: number): Promise<readonly Uint8Array[]>;
  /**
   * One tile of 1 to 256 hashes: level 0 holds leaves, each next level the roots of full tiles below
   * (C2SP tlog-tiles).
   */
  tile(level: number, index: number, width: number): Promise<Uint8Array>;
}

/** Which hashes of which tile make up an aligned, complete subtree. */
function locate(
  start: number,
  end: number,
): { level: number; index: number; offset: number; count: number } {
  let [level, first, count] = [0, start, end - start];
  while (count >= TILE_WIDTH) {
    level += 1;
    first /= TILE_WIDTH;
    count /= TILE_WIDTH;
  }
  return { level, index: Math.floor(first / TILE_WIDTH), offset: first % TILE_WIDTH, count };
}

/** Tiles whose inner hashes are kept: those above the leaves, which proofs of a log share. */
const MOST_KEPT = 64;

/** A tile, and the roots over its hashes. */
interface HashedTile {
  readonly bytes: Uint8Array;
  readonly subtree: SubtreeSource;
}

const keptTiles = new Map<string, HashedTile>();

function hashTile(bytes: Uint8Array): HashedTile {
  const own = bytes.slice();
  return { bytes: own, subtree: createSubtrees(own) };
}

/** The roots over a tile; for the same hashes at the same place they are not computed again. */
function keptTile(place: string, bytes: Uint8Array): HashedTile {
  const kept = keptTiles.get(place);
  if (kept && equalBytes(kept.bytes.subarray(0, bytes.length), bytes)) return kept;
  keptTiles.delete(place);
  const [oldest] = keptTiles.size >= MOST_KEPT ? keptTiles.keys() : [];
  if (oldest !== undefined) keptTiles.delete(oldest);
  const hashed = hashTile(bytes);
  keptTiles.set(place, hashed);
  return hashed;
}

/** Root of an aligned, complete subtree, from the tiles. */
export async function subtreeRoot(tiles: Tiles, start: number, end: number): Promise<Uint8Array> {
  const { level, index, offset, count } = locate(start, end);
  const bytes = await tiles.read(level, index, offset + count);
  return tileRoot(bytes.subarray(offset * HASH_BYTES));
}

/** Runs a proof twice: once to learn which subtrees it asks for, once with their roots. */
async function withSubtrees<T>(
  store: EvidenceStore,
  prove: (subtree: SubtreeSource) => T,
): Promise<T> {
  const asked = new Map<string, { level: number; index: number; width: number }>();
  const blank = new Uint8Array(HASH_BYTES);
  prove((start, end) => {
    const { level, index, offset, count } = locate(start, end);
    const key = tileKey(level, index);
    const width = Math.max(asked.get(key)?.width ?? 0, offset + count);
    asked.set(key, { level, index, width });
    return blank;
  });
  const tiles = createTiles(store);
  const hashed = new Map<string, HashedTile>();
  for (const [key, { level, index, width }] of asked) {
    const bytes = await tiles.read(level, index, width);
    hashed.set(key, level === 0 ? hashTile(bytes) : keptTile(key, bytes));
  }
  return prove((start, end) => {
    const { level, index, offset, count } = locate(start, end);
    return hashed.get(tileKey(level, index))?.subtree(offset, offset + count) ?? blank;
  });
}

const isNatural = (value: number): boolean => Number.isSafeInteger(value) && value >= 0;

/**
 * Serves proofs from a store: leaves as stored, higher tiles as the checkpointer stored them, or
 * computed from lower ones where it has not stored them yet.
 */
export function createProver(store: EvidenceStore): Prover {
  return {
    async tile(level, index, width) {
      const named = [level, index, width].every(isNatural) && width >= 1 && width <= TILE_WIDTH;
      // Asked first, so that a tile that cannot be there costs nothing to refuse.
      const leaves = named ? (index * TILE_WIDTH + width) * TILE_WIDTH ** level : 0;
      if (!named || leaves > (await store.size())) {
        throw new EventsError('EVENTS_PROOF_UNAVAILABLE', 'the log has no such tile', {
          details: { level, index, width },
        });
      }
      return createTiles(store).read(level, index, width);
    },
    root: (size) => withSubtrees(store, (subtree) => rangeRoot(0, size, subtree)),
    inclusion: (index, size) =>
      withSubtrees(store, (subtree) => inclusionProof(index, size, subtree)),
    inclusions: (indexes, size) =>
      withSubtrees(store, (subtree) =>
        indexes.map((index) => inclusionProof(index, size, subtree)),
      ),
    consistency: (size1, size2) =>
      withSubtrees(store, (subtree) => consistencyProof(size1, size2, subtree)),
  };
}
