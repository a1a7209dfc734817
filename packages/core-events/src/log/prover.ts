import {
  consistencyProof,
  equalBytes,
  inclusionProof,
  rangeRoot,
  type SubtreeSource,
} from '@spanforge/core-signing';
import { EventsError } from '../error.js';
import type { EvidenceStore } from './store.js';
import {
  createTiles,
  HASH_BYTES,
  rememberTiles,
  TILE_WIDTH,
  type Tiles,
  tileRoot,
} from './tiles.js';

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

/** Subtrees whose roots are kept: those of the tiles above the leaves, which all proofs of a log share. */
const MOST_KEPT = 64;

interface Kept {
  readonly hashes: Uint8Array;
  readonly root: Uint8Array;
}

const keptRoots = new Map<string, Kept>();

/** The root over hashes; for the same hashes at the same place it is not computed again. */
function keptRoot(place: string, hashes: Uint8Array): Uint8Array {
  const kept = keptRoots.get(place);
  if (kept && equalBytes(kept.hashes, hashes)) return kept.root;
  keptRoots.delete(place);
  const [oldest] = keptRoots.size >= MOST_KEPT ? keptRoots.keys() : [];
  if (oldest !== undefined) keptRoots.delete(oldest);
  const root = tileRoot(hashes);
  keptRoots.set(place, { hashes: hashes.slice(), root });
  return root;
}

/** Root of an aligned, complete subtree, from the tiles. */
export async function subtreeRoot(tiles: Tiles, start: number, end: number): Promise<Uint8Array> {
  const { level, index, offset, count } = locate(start, end);
  const bytes = await tiles.read(level, index, offset + count);
  const hashes = bytes.subarray(offset * HASH_BYTES);
  return level === 0 ? tileRoot(hashes) : keptRoot(`${start}-${end}`, hashes);
}

/** Runs a proof twice: once to learn which subtrees it asks for, once with their roots. */
async function withSubtrees<T>(
  store: EvidenceStore,
  prove: (subtree: SubtreeSource) => T,
): Promise<T> {
  const asked = new Map<string, readonly [number, number]>();
  const blank = new Uint8Array(HASH_BYTES);
  prove((start, end) => {
    asked.set(`${start}-${end}`, [start, end]);
    return blank;
  });
  const tiles = rememberTiles(createTiles(store));
  const roots = new Map<string, Uint8Array>();
  // The widest first: the others are then in the tile just read.
  const widest = [...asked].sort(([, a], [, b]) => b[1] - a[1]);
  for (const [key, [start, end]] of widest) roots.set(key, await subtreeRoot(tiles, start, end));
  return prove((start, end) => roots.get(`${start}-${end}`) ?? blank);
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
