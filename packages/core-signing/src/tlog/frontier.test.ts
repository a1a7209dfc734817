import fc from 'fast-check';
import { expect, test } from 'vitest';
import { toHex } from '../bytes.js';
import { createFrontier } from './frontier.js';
import { leafHash } from './hash.js';

const LARGEST = 1200;
const leaves = Uint8Array.from(
  { length: LARGEST * 32 },
  (_, at) => leafHash(String(Math.floor(at / 32)))[at % 32] ?? 0,
);

test('a tree to compare has the roots and tiles of a tree to sign, however it grows', () => {
  fc.assert(
    fc.property(fc.array(fc.nat(300), { minLength: 1, maxLength: 8 }), (parts) => {
      const [signed, compared] = [createFrontier(), createFrontier(undefined, 'compare')];
      const tiles: [string[], string[]] = [[], []];
      for (const part of parts) {
        const some = leaves.subarray(signed.size * 32, (signed.size + part) * 32);
        signed.extend(some, (root) => tiles[0].push(toHex(root)));
        compared.extend(some, (root) => tiles[1].push(toHex(root)));
        expect(toHex(compared.root())).toBe(toHex(signed.root()));
      }
      expect(compared.state()).toEqual(signed.state());
      expect(tiles[1]).toEqual(tiles[0]);
    }),
  );
});

test('leaves are not changed by it', () => {
  const given = leaves.slice(0, 256 * 32);
  createFrontier(undefined, 'compare').extend(given);
  expect(toHex(given)).toBe(toHex(leaves.subarray(0, 256 * 32)));
});
