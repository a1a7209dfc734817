import { SigningError } from '../error.js';
import { HASH_SIZE } from './hash.js';
import { rangeRoot, type SubtreeSource } from './prove.js';
import { assertSize } from './size.js';

/** Hashes in a full tile, and entries in a full bundle (C2SP tlog-tiles). */
export const TILE_WIDTH = 256;

const MAX_LEVEL = 63;

/**
 * One tile: `width` adjacent hashes, starting at `index * 256`, each over 256^level leaves.
 *
 * A width below 256 is a partial tile, at the right edge of a tree.
 */
export interface TileId {
  readonly level: number;
  readonly index: number;
  readonly width: number;
}

/**
 * The path of a tile, such as `tile/0/x001/234` or `tile/1/000.p/17` (C2SP tlog-tiles).
 *
 * @throws {SigningError} `SIGNING_PROOF_INVALID` for a level above 63, a width that is not 1 to 256,
 * or an index that is no whole number.
 */
export function tilePath(level: number, index: number, width: number = TILE_WIDTH): string {
  assertSize('level', level, MAX_LEVEL);
  return `tile/${level}/${indexPath(index, width)}`;
}

/**
 * The path of a bundle of entries, such as `tile/entries/000.p/15` (C2SP tlog-tiles).
 *
 * @throws {SigningError} `SIGNING_PROOF_INVALID` as `tilePath`.
 */
export function entriesPath(index: number, width: number = TILE_WIDTH): string {
  return `tile/entries/${indexPath(index, width)}`;
}

/**
 * The bytes of a tile: its hashes one after the other, 32 bytes each.
 *
 * @throws {SigningError} `SIGNING_PROOF_INVALID` for an impossible tile, or one `subtree` refuses.
 */
export function tileBytes(tile: TileId, subtree: SubtreeSource): Uint8Array {
  const { level, index, width } = tile;
  assertWidth(width);
  const span = tileSpan(level);
  const first = index * TILE_WIDTH;
  assertSize('index', (first + width) * span);
  const bytes = new Uint8Array(width * HASH_SIZE);
  for (let offset = 0; offset < width; offset += 1) {
    const start = (first + offset) * span;
    bytes.set(rangeRoot(start, start + span, subtree), offset * HASH_SIZE);
  }
  return bytes;
}

/** The number of leaves under one hash of this level. */
export function tileSpan(level: number): number {
  return TILE_WIDTH ** level;
}

/** The number of hashes at a level in a tree of this size. */
export function hashesAt(level: number, size: number): number {
  return Math.floor(size / tileSpan(level));
}

/** The width of a tile in a tree of this size; 0 or less if the tree does not have the tile. */
export function tileWidth(level: number, index: number, size: number): number {
  return Math.min(TILE_WIDTH, hashesAt(level, size) - index * TILE_WIDTH);
}

function indexPath(index: number, width: number): string {
  assertSize('index', index);
  assertWidth(width);
  const digits = String(index);
  const groups = digits.padStart(Math.ceil(digits.length / 3) * 3, '0').match(/.{3}/g) ?? [];
  const path = groups.map((group, at) => (at < groups.length - 1 ? `x${group}` : group)).join('/');
  return width === TILE_WIDTH ? path : `${path}.p/${width}`;
}

function assertWidth(width: number): void {
  if (Number.isInteger(width) && width >= 1 && width <= TILE_WIDTH) return;
  throw new SigningError('SIGNING_PROOF_INVALID', 'expected a tile of 1 to 256 hashes', {
    details: { width: typeof width === 'number' ? width : -1 },
  });
}
