import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { concatBytes, equalBytes } from '../bytes.js';
import { formatEntryBundle, parseEntryBundle } from './entry-bundle.js';
import { leafHash } from './hash.js';
import { consistencyProof, inclusionProof } from './prove.js';
import { entriesPath, hashesAt, TILE_WIDTH, tileBytes, tilePath, tileWidth } from './tile.js';
import { rootFromTiles, tilesFor } from './tile-root.js';
import { createTileSource, type TileReader } from './tile-source.js';
import { createTree } from './tree.js';
import { verifyConsistency, verifyInclusion } from './verify.js';

const LARGEST = 66_500; // a second level, its tiles full and partial, and a third
const leaves = Array.from({ length: LARGEST }, (_, index) => leafHash(`record ${index}`));
const tree = createTree(leaves);
const invalid = expect.objectContaining({ code: 'SIGNING_PROOF_INVALID' });

const sizes = fc.oneof(
  fc.integer({ min: 1, max: LARGEST }),
  fc.constantFrom(1, 255, 256, 257, 511, 512, 65_280, 65_535, 65_536, 65_537, 65_792, LARGEST),
);
const someLeaves = (size: number) => fc.uniqueArray(fc.nat(size - 1), { maxLength: 20 });

function tilesOf(size: number): TileReader {
  return (level, index) => {
    const width = tileWidth(level, index, size);
    return width > 0 ? tileBytes({ level, index, width }, tree.subtree) : undefined;
  };
}

/** Only the tiles that are named for these leaves. */
function carried(size: number, indexes: readonly number[]) {
  const read = tilesOf(size);
  const tiles = new Map(
    tilesFor(size, indexes).map(({ level, index, width }) => [
      tilePath(level, index, width),
      read(level, index) ?? new Uint8Array(0),
    ]),
  );
  const readTile: TileReader = (level, index) =>
    tiles.get(tilePath(level, index, tileWidth(level, index, size)));
  return { tiles, readTile };
}

describe('paths of C2SP tlog-tiles', () => {
  test.each([
    [0, 0, 256, 'tile/0/000'],
    [0, 999, 256, 'tile/0/999'],
    [1, 1000, 256, 'tile/1/x001/000'],
    [63, 1_234_067, 256, 'tile/63/x001/x234/067'],
    [2, 5, 17, 'tile/2/005.p/17'],
    [0, Number.MAX_SAFE_INTEGER, 1, 'tile/0/x009/x007/x199/x254/x740/991.p/1'],
  ])('level %i, index %i, width %i', (level, index, width, path) => {
    expect(tilePath(level, index, width)).toBe(path);
    expect(entriesPath(index, width)).toBe(path.replace(/^tile\/\d+/, 'tile/entries'));
  });

  test('are full tiles by default', () => {
    expect(tilePath(0, 7)).toBe('tile/0/007');
    expect(entriesPath(7)).toBe('tile/entries/007');
  });

  test.each([
    [-1, 0, 1],
    [64, 0, 1],
    [0.5, 0, 1],
    [0, -1, 1],
    [0, 2 ** 53, 1],
    [0, Number.NaN, 1],
    [0, 0, 0],
    [0, 0, 257],
    [0, 0, 1.5],
    [0, 0, Number.NaN],
  ])('refuse level %d, index %d, width %d', (level, index, width) => {
    expect(() => tilePath(level, index, width)).toThrow(invalid);
  });
});

describe('tiles', () => {
  test('are as many and as wide as the example of the specification says', () => {
    const size = 70_000;
    expect([0, 1, 2, 3].map((level) => hashesAt(level, size))).toEqual([70_000, 273, 1, 0]);
    expect([tileWidth(0, 272, size), tileWidth(0, 273, size)]).toEqual([256, 112]);
    expect([tileWidth(1, 0, size), tileWidth(1, 1, size)]).toEqual([256, 17]);
    expect(tileWidth(2, 0, size)).toBe(1);
    expect(tilesFor(256, [])).toEqual([{ level: 1, index: 0, width: 1 }]);
    expect(tilesFor(0, [])).toEqual([]);
  });

  test('give the same proofs as the tree', () => {
    fc.assert(
      fc.property(sizes, fc.nat(), (size, seed) => {
        const subtree = createTileSource(tilesOf(size), size);
        const index = seed % size;
        const proof = inclusionProof(index, size, subtree);
        expect(proof).toEqual(tree.inclusionProof(index, size));
        const extension = consistencyProof(index, size, subtree);
        expect(extension).toEqual(tree.consistencyProof(index, size));
        const root = tree.root(size);
        expect(verifyInclusion({ index, size, leaf: leaves[index]!, proof, root })).toBe(true);
        const roots = { root1: tree.root(index), root2: root };
        expect(verifyConsistency({ size1: index, size2: size, ...roots, proof: extension })).toBe(
          true,
        );
      }),
      { numRuns: 40 },
    );
  });

  test('wider than the tree needs serve as well, narrower or odd ones do not', () => {
    const full = tilesOf(512);
    const subtree = createTileSource(full, 300);
    expect(subtree(256, 288)).toEqual(tree.subtree(256, 288));
    for (const change of [
      () => undefined,
      () => new Uint8Array(0),
      (bytes: Uint8Array) => bytes.subarray(0, 43 * 32),
      (bytes: Uint8Array) => bytes.subarray(1),
      (bytes: Uint8Array) => concatBytes(bytes, new Uint8Array(32)),
    ]) {
      const bent: TileReader = (level, index) => change(full(level, index) ?? new Uint8Array(0));
      expect(() => createTileSource(bent, 300)(256, 288)).toThrow(invalid);
    }
  });

  test.each([
    [0, 3],
    [1, 3],
    [128, 384],
    [0, 0],
    [-1, 0],
    [-256, 0],
    [256, 512],
    [299, 301],
    [0, Number.NaN],
    [0.5, 1.5],
    [4, 2],
  ])('have no subtree from %d to %d at size 300', (start, end) => {
    for (const readTile of [tilesOf(300), () => new Uint8Array(8_192)]) {
      expect(() => createTileSource(readTile, 300)(start, end)).toThrow(invalid);
    }
  });
});

describe('the root from leaves and tiles', () => {
  test('is that of the tree, with no more tiles than named', () => {
    fc.assert(
      fc.property(
        sizes.chain((size) => fc.tuple(fc.constant(size), someLeaves(size))),
        ([size, indexes]) => {
          const { tiles, readTile } = carried(size, indexes);
          const held = indexes.map((index) => ({ index, leaf: leaves[index]! }));
          expect(equalBytes(rootFromTiles({ size, readTile, leaves: held }), tree.root(size))).toBe(
            true,
          );
          for (const missing of tiles.keys()) {
            const fewer: TileReader = (level, index) =>
              tilePath(level, index, tileWidth(level, index, size)) === missing
                ? undefined
                : readTile(level, index);
            // A tile may be missed only when every hash of it is known from below.
            try {
              const root = rootFromTiles({ size, readTile: fewer, leaves: held });
              expect(equalBytes(root, tree.root(size))).toBe(true);
            } catch (error) {
              expect(error).toEqual(invalid);
            }
          }
        },
      ),
      { numRuns: 40 },
    );
  });

  test('needs no tiles where all leaves are at hand', () => {
    for (const size of [0, 1, 255, 256, 257, 700]) {
      const held = leaves.slice(0, size).map((leaf, index) => ({ index, leaf }));
      const root = rootFromTiles({ size, readTile: () => undefined, leaves: held });
      expect(equalBytes(root, tree.root(size))).toBe(true);
    }
  });

  test('a flipped bit in a leaf or in a tile is named, or gives another root', () => {
    fc.assert(
      fc.property(
        sizes.chain((size) => fc.tuple(fc.constant(size), someLeaves(size))),
        fc.nat(),
        ([size, indexes], seed) => {
          const { tiles, readTile } = carried(size, indexes);
          const held = indexes.map((index) => ({ index, leaf: leaves[index]! }));
          const attempt = (reader: TileReader, list: typeof held) => {
            try {
              return equalBytes(
                rootFromTiles({ size, readTile: reader, leaves: list }),
                tree.root(size),
              );
            } catch (error) {
              expect(error).toEqual(invalid);
              return false;
            }
          };
          const paths = [...tiles.keys()];
          const target = paths[seed % paths.length];
          const bentTile: TileReader = (level, index) => {
            const bytes = readTile(level, index);
            const hit = tilePath(level, index, tileWidth(level, index, size)) === target;
            return hit && bytes !== undefined ? flip(bytes, seed) : bytes;
          };
          expect(attempt(readTile, held)).toBe(true);
          expect(attempt(bentTile, held)).toBe(false);
          const at = seed % (held.length || 1);
          const bentLeaves = held.map((entry, position) =>
            position === at ? { ...entry, leaf: flip(entry.leaf, seed) } : entry,
          );
          if (held.length > 0) expect(attempt(readTile, bentLeaves)).toBe(false);
        },
      ),
      { numRuns: 60 },
    );
  });

  test('names the first leaf that contradicts its tile, and leaves that contradict each other', () => {
    const { readTile } = carried(1000, [3, 700]);
    const wrong = [
      { index: 3, leaf: leaves[3]! },
      { index: 700, leaf: leaves[701]! },
    ];
    const named = expect.objectContaining({
      code: 'SIGNING_PROOF_INVALID',
      details: { level: 0, position: 700 },
    });
    expect(() => rootFromTiles({ size: 1000, readTile, leaves: wrong })).toThrow(named);
    const twice = [...wrong.slice(1), { index: 700, leaf: leaves[700]! }];
    expect(() => rootFromTiles({ size: 1000, readTile, leaves: twice })).toThrow(named);
  });

  test('refuses leaves outside the tree and impossible sizes', () => {
    const readTile = tilesOf(300);
    for (const index of [-1, 300, 2 ** 53, Number.NaN, 0.5]) {
      const held = [{ index, leaf: leaves[0]! }];
      expect(() => rootFromTiles({ size: 300, readTile, leaves: held })).toThrow(invalid);
      expect(() => tilesFor(300, [index])).toThrow(invalid);
    }
    for (const size of [-1, 2 ** 53, Number.NaN]) {
      expect(() => rootFromTiles({ size, readTile })).toThrow(invalid);
      expect(() => tilesFor(size, [])).toThrow(invalid);
      expect(() => createTileSource(readTile, size)).toThrow(invalid);
    }
    const short = [{ index: 0, leaf: new Uint8Array(31) }];
    expect(() => rootFromTiles({ size: 300, readTile, leaves: short })).toThrow(invalid);
  });

  test('only tiles of the tree can be built', () => {
    expect(() => tileBytes({ level: 0, index: 0, width: 0 }, tree.subtree)).toThrow(invalid);
    expect(() => tileBytes({ level: 0, index: 400, width: 1 }, tree.subtree)).toThrow(invalid);
    expect(() => tileBytes({ level: 9, index: 0, width: 1 }, tree.subtree)).toThrow(invalid);
  });
});

describe('bundles of entries', () => {
  const entries = fc.array(fc.uint8Array({ maxLength: 300 }), {
    minLength: 1,
    maxLength: TILE_WIDTH,
  });

  test('read what they wrote', () => {
    fc.assert(
      fc.property(entries, (list) => {
        expect(parseEntryBundle(formatEntryBundle(list))).toEqual(list);
      }),
    );
    const long = [new Uint8Array(65_535).fill(7)];
    expect(parseEntryBundle(formatEntryBundle(long))).toEqual(long);
  });

  test('cut short anywhere within an entry are refused', () => {
    const bundle = formatEntryBundle([Uint8Array.of(1, 2), Uint8Array.of(3)]);
    const whole = new Set([4, 7]);
    for (let length = 0; length <= bundle.length; length += 1) {
      const read = () => parseEntryBundle(bundle.subarray(0, length));
      if (whole.has(length)) expect(read().length).toBe(length === 4 ? 1 : 2);
      else expect(read).toThrow(invalid);
    }
  });

  test('empty, crowded or oversized are refused', () => {
    expect(() => parseEntryBundle(new Uint8Array(0))).toThrow(invalid);
    expect(() => parseEntryBundle(new Uint8Array(2 * 257))).toThrow(invalid);
    expect(() => formatEntryBundle([])).toThrow(invalid);
    expect(() => formatEntryBundle(new Array(257).fill(new Uint8Array(0)))).toThrow(invalid);
    expect(() => formatEntryBundle([new Uint8Array(65_536)])).toThrow(invalid);
  });
});

function flip(bytes: Uint8Array, seed: number): Uint8Array {
  const copy = bytes.slice();
  const bit = seed % (copy.length * 8);
  copy[Math.floor(bit / 8)]! ^= 1 << (bit % 8);
  return copy;
}
