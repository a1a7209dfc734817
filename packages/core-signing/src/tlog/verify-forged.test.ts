import { describe, expect, test } from 'vitest';
import { leafHash, nodeHash } from './hash.js';
import { verifyConsistency, verifyInclusion, verifySubtreeConsistency } from './verify.js';

/** Claims whose roots were made for them: only their form speaks against them. */
const [one, other] = [leafHash('one'), leafHash('other')];

describe('a claim whose root was made for it', () => {
  test('is refused with a leaf that is no hash, though it hashes to the root', () => {
    for (const length of [0, 31, 33, 64]) {
      const leaf = new Uint8Array(length);
      const claim = { index: 0, size: 2, proof: [other] };
      expect(verifyInclusion({ ...claim, leaf, root: nodeHash(leaf, other) })).toBe(false);
      expect(verifyInclusion({ ...claim, leaf: one, root: nodeHash(one, other) })).toBe(true);
      const grown = { size1: 1, size2: 2, proof: [other] };
      const [root1, root2] = [leaf, nodeHash(leaf, other)];
      expect(verifyConsistency({ ...grown, root1, root2 })).toBe(false);
      const root = nodeHash(one, other);
      expect(verifyConsistency({ ...grown, root1: one, root2: root })).toBe(true);
    }
  });

  test('is refused where one root stands for two sizes, and nothing leads from one to the other', () => {
    for (const [size1, size2] of [
      [1, 2],
      [2, 4],
      [2, 8],
      [4, 7],
    ] as const) {
      const claim = { size1, size2, root1: one, root2: one, proof: [] };
      expect(verifyConsistency(claim)).toBe(false);
      expect(verifyConsistency({ ...claim, size2: size1 })).toBe(true);
    }
  });

  test('is refused for a subtree that ends before it begins', () => {
    const claim = { size: 1, root1: one, root2: one, proof: [] };
    expect(verifySubtreeConsistency({ ...claim, start: 2, end: 1 })).toBe(false);
    expect(verifySubtreeConsistency({ ...claim, start: 0, end: 1 })).toBe(true);
  });
});
