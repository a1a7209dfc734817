import { createFrontier } from '@spanforge/core-signing';
import { EventsError } from '../error.js';
import type { EvidenceStore } from './store.js';
import { turn } from './turn.js';

/** Hashes in a full tile (C2SP tlog-tiles). */
export const TILE_WIDTH = 256;

/** Bytes of a hash. */
export const HASH_BYTES = 32;

/** Key of a stored tile among the derived values; level 1 and above, perhaps still partial. */
export function tileKey(level: number, index: number): string {
  return `tile/${level}/${String(index).padStart(16, '0')}`;
}

/** The root over the hashes of a tile. */
export function tileRoot(bytes: Uint8Array): Uint8Array {
  const frontier = createFrontier();
  frontier.extend(bytes);
  return frontier.root();
}

/** Roots over whole tiles of leaves, as the signer came by them when it extended its tree. */
export interface TileRoots {
  /** The root over the next 256 leaves. */
  add(root: Uint8Array): void;
  /** The root over the leaves of a tile; undefined where it is not known. */
  at(tile: number): Uint8Array | undefined;
  /** Forgets those that lie whole below a size: their tile is stored. */
  forget(size: number): void;
}

/** Starts with none; the tree has so many leaves, a whole number of tiles. */
export function createTileRoots(size: number): TileRoots {
  let first = size / TILE_WIDTH;
  let roots: Uint8Array[] = [];
  return {
    add(root) {
      roots.push(root);
    },
    at: (tile) => roots[tile - first],
    forget(to) {
      const whole = Math.min(Math.floor(to / TILE_WIDTH), first + roots.length);
      roots = roots.slice(Math.max(0, whole - first));
      first = Math.max(first, whole);
    },
  };
}

/** The tiles of a log: leaves as stored, higher ones as stored or computed from lower ones. */
export interface Tiles {
  /** @throws {EventsError} `EVENTS_PROOF_UNAVAILABLE` when the store lacks the leaves for it. */
  read(level: number, index: number, width: number): Promise<Uint8Array>;
  /** The tiles that had to be computed, by key. */
  readonly made: ReadonlyMap<string, Uint8Array>;
}

/**
 * @param trusted False to compute every tile, without using stored ones.
 * @param roots Roots that need not be computed from leaves.
 */
export function createTiles(
  store: EvidenceStore,
  trusted = true,
  roots?: Pick<TileRoots, 'at'>,
): Tiles {
  const made = new Map<string, Uint8Array>();

  async function leaves(index: number, width: number): Promise<Uint8Array> {
    const bytes = await store.leaves(index * TILE_WIDTH, width);
    if (bytes.length === width * HASH_BYTES) return bytes;
    throw new EventsError('EVENTS_PROOF_UNAVAILABLE', 'the store does not hold these leaves', {
      details: { first: index * TILE_WIDTH, count: width },
    });
  }

  async function read(level: number, index: number, width: number): Promise<Uint8Array> {
    if (level === 0) return leaves(index, width);
    const key = tileKey(level, index);
    const held = made.get(key) ?? (trusted ? await store.getDerived(key) : undefined);
    const done = Math.min(Math.floor((held?.length ?? 0) / HASH_BYTES), width);
    if (held && done === width) return held.subarray(0, width * HASH_BYTES);
    const tile = new Uint8Array(width * HASH_BYTES);
    if (held) tile.set(held.subarray(0, done * HASH_BYTES));
    for (let at = done; at < width; at += 1) {
      const child = index * TILE_WIDTH + at;
      const known = level === 1 ? roots?.at(child) : undefined;
      tile.set(known ?? tileRoot(await read(level - 1, child, TILE_WIDTH)), at * HASH_BYTES);
      if (!known) await turn();
    }
    made.set(key, tile);
    return tile;
  }

  return { read, made };
}

/**
 * The tiles to be stored for a log that has grown from one size to another, whole or partial, from
 * level 1 up. A stored tile that turns out too short is completed from below.
 */
export async function grownTiles(
  store: EvidenceStore,
  from: number,
  size: number,
  trusted: boolean,
  roots?: Pick<TileRoots, 'at'>,
): Promise<readonly (readonly [string, Uint8Array])[]> {
  const tiles = createTiles(store, trusted, roots);
  let [done, whole] = [Math.floor(from / TILE_WIDTH), Math.floor(size / TILE_WIDTH)];
  for (let level = 1; whole > done; level += 1) {
    for (let index = Math.floor(done / TILE_WIDTH); index * TILE_WIDTH < whole; index += 1) {
      await tiles.read(level, index, Math.min(TILE_WIDTH, whole - index * TILE_WIDTH));
    }
    [done, whole] = [Math.floor(done / TILE_WIDTH), Math.floor(whole / TILE_WIDTH)];
  }
  return [...tiles.made];
}
