import { equalBytes } from '../bytes.js';
import { SigningError } from '../error.js';
import { createFrontier, foldPeaks, merkleRoot } from './frontier.js';
import { assertHash } from './hash.js';
import { assertSize } from './size.js';
import { hashesAt, TILE_WIDTH, type TileId, tileWidth } from './tile.js';
import { readHashes, type TileReader } from './tile-source.js';

/** A leaf hash and its position. */
export interface LeafPosition {
  readonly index: number;
  readonly leaf: Uint8Array;
}

/** The input from which a root is recomputed. */
export interface TiledTree {
  readonly size: number;
  readonly readTile: TileReader;
  /** Leaves that must be in the tree, hashed from the given records; default none. */
  readonly leaves?: Iterable<LeafPosition>;
}

/** Hashes that were computed from below: by tile index, then by offset in that tile. */
type Known = Map<number, Map<number, Uint8Array>>;

/**
 * Recomputes the root of a tree from tiles, with the given leaves in their places.
 *
 * Every tile above a given leaf is hashed once, from the leaf up, so that a result equal to a
 * signed root proves all of them at once. Reads the tiles that `tilesFor` names, except those whose
 * hashes are all computed from below.
 *
 * @throws {SigningError} `SIGNING_PROOF_INVALID` for a tile that is missing or too small, for a
 * leaf outside the tree, and for a hash that contradicts a tile or another leaf (`details`: level
 * and position; at level 0 the position is the index of the leaf).
 */
export function rootFromTiles(tree: TiledTree): Uint8Array {
  const { size, readTile, leaves = [] } = tree;
  assertSize('size', size);
  let known: Known = new Map();
  for (const { index, leaf } of leaves) {
    assertSize('index', index, size - 1);
    assertHash(leaf);
    place(known, 0, index, leaf);
  }
  const peaks: Uint8Array[] = [];
  for (let level = 0; hashesAt(level, size) > 0; level += 1) {
    const above: Known = new Map();
    for (const index of touched(known.keys(), level, size)) {
      const width = tileWidth(level, index, size);
      const hashes = settle(known.get(index), readTile, { level, index, width });
      if (width === TILE_WIDTH) place(above, level + 1, index, merkleRoot(hashes));
      else peaks.unshift(...peaksOf(hashes));
    }
    known = above;
  }
  return foldPeaks(peaks);
}

/**
 * The tiles a package must contain so that `rootFromTiles` can prove the leaves at these indexes:
 * the tiles above each of them, and the partial tiles at the edge.
 *
 * @throws {SigningError} `SIGNING_PROOF_INVALID` for an impossible size or an index outside it.
 */
export function tilesFor(size: number, indexes: Iterable<number>): readonly TileId[] {
  assertSize('size', size);
  const tiles: TileId[] = [];
  let below = new Set<number>();
  for (const index of indexes) {
    assertSize('index', index, size - 1);
    below.add(Math.floor(index / TILE_WIDTH));
  }
  for (let level = 0; hashesAt(level, size) > 0; level += 1) {
    const above = new Set<number>();
    for (const index of touched(below, level, size)) {
      const width = tileWidth(level, index, size);
      tiles.push({ level, index, width });
      if (width === TILE_WIDTH) above.add(Math.floor(index / TILE_WIDTH));
    }
    below = above;
  }
  return tiles;
}

/** The tiles of a level to read, in order: the requested ones, and the partial one at the edge. */
function touched(indexes: Iterable<number>, level: number, size: number): readonly number[] {
  const all = new Set(indexes);
  const count = hashesAt(level, size);
  if (count % TILE_WIDTH > 0) all.add(Math.floor(count / TILE_WIDTH));
  return [...all].sort((left, right) => left - right);
}

/**
 * The hashes of a tile: those already computed, completed from the tile, which must not contradict
 * them.
 */
function settle(
  known: ReadonlyMap<number, Uint8Array> | undefined,
  readTile: TileReader,
  { level, index, width }: TileId,
): readonly Uint8Array[] {
  if (known?.size === width && readTile(level, index) === undefined) {
    return [...known].sort(([left], [right]) => left - right).map(([, hash]) => hash);
  }
  const hashes = readHashes(readTile, level, index, width);
  for (const [offset, hash] of known ?? []) {
    const carried = hashes[offset];
    if (carried !== undefined && equalBytes(carried, hash)) continue;
    throw contradictionError(level, index * TILE_WIDTH + offset);
  }
  return hashes;
}

function place(known: Known, level: number, position: number, hash: Uint8Array): void {
  const index = Math.floor(position / TILE_WIDTH);
  const tile = known.get(index) ?? new Map<number, Uint8Array>();
  known.set(index, tile);
  const earlier = tile.get(position % TILE_WIDTH);
  if (earlier !== undefined && !equalBytes(earlier, hash))
    throw contradictionError(level, position);
  tile.set(position % TILE_WIDTH, hash);
}

function contradictionError(level: number, position: number): SigningError {
  return new SigningError('SIGNING_PROOF_INVALID', 'a hash contradicts the tree', {
    details: { level, position },
  });
}

function peaksOf(hashes: readonly Uint8Array[]): readonly Uint8Array[] {
  const frontier = createFrontier();
  for (const hash of hashes) frontier.append(hash);
  return frontier.state().hashes;
}
