import {
  leafHash,
  merkleRoot,
  toHex,
  verifyConsistency,
  verifyInclusion,
} from '@spanforge/core-signing';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createMemoryStore } from './memory-store.js';
import { createProver } from './prover.js';
import type { EvidenceStore } from './store.js';
import { grownTiles, tileKey } from './tiles.js';

const leaves = (count: number): readonly Uint8Array[] =>
  Array.from({ length: count }, (_, n) => leafHash(`${n}`));

/** Only what a prover asks for: leaves that cost nothing to make. */
function leafStore(all: readonly Uint8Array[]): EvidenceStore {
  const flat = new Uint8Array(all.length * 32);
  for (const [at, leaf] of all.entries()) flat.set(leaf, at * 32);
  return {
    ...createMemoryStore(),
    size: async () => all.length,
    leaves: async (first, count) => flat.slice(first * 32, (first + count) * 32),
  };
}

async function proveEverything(store: EvidenceStore, all: readonly Uint8Array[], size: number) {
  const prover = createProver(store);
  const root = await prover.root(size);
  expect(toHex(root)).toBe(toHex(merkleRoot(all.slice(0, size))));
  const indexes = [0, 1, 255, 256, 257, 65_535, 65_536, size >> 1, size - 1];
  for (const index of indexes.filter((one) => one < size)) {
    const proof = await prover.inclusion(index, size);
    const leaf = all[index] as Uint8Array;
    expect(verifyInclusion({ index, size, leaf, proof, root })).toBe(true);
  }
  for (const size1 of [1, 255, 256, 300, 65_536, 65_537].filter((one) => one <= size)) {
    const proof = await prover.consistency(size1, size);
    const root1 = merkleRoot(all.slice(0, size1));
    expect(verifyConsistency({ size1, size2: size, root1, root2: root, proof })).toBe(true);
  }
}

describe('the prover', () => {
  const all = leaves(66_100);

  it.each([1, 2, 255, 256, 257, 511, 700, 65_537])(
    'proves inclusion and consistency at size %i, with tiles and without',
    async (size) => {
      const store = leafStore(all.slice(0, size));
      await proveEverything(store, all, size);
      await store.putDerived(await grownTiles(store, 0, size, true));
      await proveEverything(store, all, size);
    },
  );

  it('is served tiles that hold what lies below them', async () => {
    const store = leafStore(all);
    await store.putDerived(await grownTiles(store, 0, all.length, true));
    expect(await store.listDerived('tile/')).toEqual([tileKey(1, 0), tileKey(1, 1), tileKey(2, 0)]);
    const prover = createProver(store);
    const second = await prover.tile(1, 0, 256);
    expect(toHex(second.slice(32, 64))).toBe(toHex(merkleRoot(all.slice(256, 512))));
    expect(toHex(await prover.tile(2, 0, 1))).toBe(toHex(merkleRoot(all.slice(0, 65_536))));
    expect(toHex(await prover.tile(0, 258, 1))).toBe(toHex(all[66_048] as Uint8Array));
  });

  it.each([
    [0, 0, 0],
    [0, 0, 257],
    [0, 258, 53],
    [1, 1, 3],
    [2, 0, 2],
    [9, 0, 1],
    [-1, 0, 1],
    [0, 1.5, 1],
    [0, 2 ** 53, 1],
  ])('refuses a tile the log has not got (%i, %i, %i)', async (level, index, width) => {
    const prover = createProver(leafStore(all));
    await expect(prover.tile(level, index, width)).rejects.toMatchObject({
      code: 'EVENTS_PROOF_UNAVAILABLE',
    });
  });

  it('proves nothing about leaves the store has not got', async () => {
    const prover = createProver(leafStore(all.slice(0, 300)));
    const unavailable = { code: 'EVENTS_PROOF_UNAVAILABLE' };
    await expect(prover.root(301)).rejects.toMatchObject(unavailable);
    await expect(prover.inclusion(3, 600)).rejects.toMatchObject(unavailable);
    await expect(prover.inclusion(300, 300)).rejects.toMatchObject({
      code: 'SIGNING_PROOF_INVALID',
    });
  });
});

describe('tiles', () => {
  it('come out the same however often they were written, and whatever was lost between', async () => {
    const all = leaves(3000);
    const sizes = fc.array(fc.integer({ min: 0, max: 3000 }), { maxLength: 5 });
    await fc.assert(
      fc.asyncProperty(sizes, fc.boolean(), fc.nat({ max: 400 }), async (steps, lose, kept) => {
        const store = leafStore(all);
        let from = 0;
        for (const size of [...steps, 3000].sort((a, b) => a - b)) {
          await store.putDerived(await grownTiles(store, from, size, true));
          const tile = await store.getDerived(tileKey(1, 0));
          if (lose && tile) await store.putDerived([[tileKey(1, 0), tile.slice(0, kept)]]);
          from = size;
        }
        expect(toHex(await createProver(store).root(3000))).toBe(toHex(merkleRoot(all)));
      }),
      { numRuns: 20 },
    );
  });
});
