import { SigningError } from '../error.js';
import { merkleRoot } from './frontier.js';
import { HASH_SIZE } from './hash.js';
import type { SubtreeSource } from './prove.js';
import { assertSize, half } from './size.js';
import { hashesAt, TILE_WIDTH, tileWidth } from './tile.js';

/**
 * Returns the bytes of a tile, or undefined if there is none.
 *
 * Where the tree has a partial tile, a wider version of the same tile serves as well.
 */
export type TileReader = (level: number, index: number) => Uint8Array | undefined;

/**
 * Serves the subtrees of a tree of `size` leaves from tiles, for `inclusionProof` and
 * `consistencyProof`.
 *
 * The tiles are not verified: verify the proof against a signed root, or the tiles with
 * `rootFromTiles`.
 *
 * @throws {SigningError} `SIGNING_PROOF_INVALID` for an impossible size; when used, for a tile that
 * is missing or too small (`details`: level and index), or a range that is no complete subtree.
 */
export function createTileSource(readTile: TileReader, size: number): SubtreeSource {
  assertSize('size', size);
  return (start, end) => {
    const { level, first, count } = locate(start, end, size);
    const index = Math.floor(first / TILE_WIDTH);
    const hashes = readHashes(readTile, level, index, tileWidth(level, index, size));
    const offset = first % TILE_WIDTH;
    return merkleRoot(hashes.slice(offset, offset + count));
  };
}

/**
 * The first `width` hashes of a tile.
 *
 * @throws {SigningError} `SIGNING_PROOF_INVALID` when it is missing or is no tile that wide.
 */
export function readHashes(
  readTile: TileReader,
  level: number,
  index: number,
  width: number,
): readonly Uint8Array[] {
  const bytes = readTile(level, index);
  const hashes = (bytes?.length ?? 0) / HASH_SIZE;
  if (bytes === undefined || !Number.isInteger(hashes) || hashes < width || hashes > TILE_WIDTH) {
    const problem = bytes === undefined ? 'is missing' : 'has the wrong size';
    throw new SigningError('SIGNING_PROOF_INVALID', `the tile ${problem}`, {
      details: { level, index, width, bytes: bytes?.length ?? 0 },
    });
  }
  return Array.from({ length: width }, (_, at) =>
    bytes.slice(at * HASH_SIZE, (at + 1) * HASH_SIZE),
  );
}

/** The hashes of the lowest tile level that make up a complete subtree. */
function locate(start: number, end: number, size: number) {
  let [level, first, count] = [0, start, end - start];
  while (count >= TILE_WIDTH) {
    level += 1;
    first /= TILE_WIDTH;
    count /= TILE_WIDTH;
  }
  const complete = Number.isInteger(first) && isPowerOfTwo(count) && first % count === 0;
  if (complete && start >= 0 && first + count <= hashesAt(level, size)) {
    return { level, first, count };
  }
  throw new SigningError('SIGNING_PROOF_INVALID', 'not a complete subtree of the tree', {
    details: { start, end, size },
  });
}

function isPowerOfTwo(value: number): boolean {
  let rest = value;
  while (rest > 1) rest = rest % 2 === 0 ? half(rest) : 0;
  return rest === 1;
}
