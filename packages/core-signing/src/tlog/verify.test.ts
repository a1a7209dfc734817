import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { concatBytes } from '../bytes.js';
import { sha256 } from '../digest.js';
import { createFrontier } from './frontier.js';
import { EMPTY_ROOT, leafHash, nodeHash } from './hash.js';
import { createTree } from './tree.js';
import {
  verifyConsistency,
  verifyInclusion,
  verifySubtreeConsistency,
  verifySubtreeInclusion,
} from './verify.js';

const LARGEST = 130;
const leaves = Array.from({ length: LARGEST }, (_, index) => leafHash(`record ${index}`));
const tree = createTree(leaves);

function flip(bytes: Uint8Array, bit: number): Uint8Array {
  const copy = bytes.slice();
  copy[Math.floor(bit / 8)]! ^= 1 << (bit % 8);
  return copy;
}

describe('a single flipped bit', () => {
  const bit = fc.integer({ min: 0, max: 255 });
  const positions = fc
    .tuple(fc.integer({ min: 0, max: LARGEST - 1 }), fc.integer({ min: 1, max: LARGEST }))
    .map(([index, size]) => [index % size, size] as const);

  test('in leaf, path or root breaks an inclusion proof', () => {
    fc.assert(
      fc.property(positions, bit, fc.nat(), ([index, size], at, which) => {
        const proof = tree.inclusionProof(index, size);
        const claim = { index, size, leaf: leaves[index]!, proof, root: tree.root(size) };
        expect(verifyInclusion({ ...claim, leaf: flip(claim.leaf, at) })).toBe(false);
        expect(verifyInclusion({ ...claim, root: flip(claim.root, at) })).toBe(false);
        const bent = proof.map((hash, step) =>
          step === which % proof.length ? flip(hash, at) : hash,
        );
        if (proof.length > 0) expect(verifyInclusion({ ...claim, proof: bent })).toBe(false);
      }),
    );
  });

  test('in either root or the path breaks a consistency proof', () => {
    fc.assert(
      fc.property(positions, bit, fc.nat(), ([lower, size2], at, which) => {
        const size1 = lower + 1;
        const proof = tree.consistencyProof(size1, size2);
        const claim = { size1, size2, root1: tree.root(size1), root2: tree.root(size2), proof };
        expect(verifyConsistency({ ...claim, root1: flip(claim.root1, at) })).toBe(false);
        expect(verifyConsistency({ ...claim, root2: flip(claim.root2, at) })).toBe(false);
        const bent = proof.map((hash, step) =>
          step === which % proof.length ? flip(hash, at) : hash,
        );
        if (proof.length > 0) expect(verifyConsistency({ ...claim, proof: bent })).toBe(false);
      }),
    );
  });
});

const WRONG_NUMBERS = [
  -1,
  -0.5,
  0.5,
  Number.NaN,
  Number.POSITIVE_INFINITY,
  Number.NEGATIVE_INFINITY,
  2 ** 53,
  2 ** 64,
  '3' as unknown as number,
  3n as unknown as number,
  null as unknown as number,
  undefined as unknown as number,
];

describe('hostile claims are false and never throw', () => {
  const size = 7;
  const index = 3;
  const proof = tree.inclusionProof(index, size);
  const claim = { index, size, leaf: leaves[index]!, proof, root: tree.root(size) };
  const extension = {
    size1: 3,
    size2: 7,
    root1: tree.root(3),
    root2: tree.root(7),
    proof: tree.consistencyProof(3, 7),
  };
  const shortHashes = [new Uint8Array(31), new Uint8Array(33), 'x'] as Uint8Array[];

  test('T-13 proof for another index, swapped, short, long; size 0; index too large', () => {
    expect(verifyInclusion(claim)).toBe(true);
    for (let other = 0; other < 10; other += 1) {
      expect(verifyInclusion({ ...claim, index: other })).toBe(other === index);
    }
    expect(verifyInclusion({ ...claim, proof: proof.toReversed() })).toBe(false);
    expect(verifyInclusion({ ...claim, proof: proof.slice(1) })).toBe(false);
    expect(verifyInclusion({ ...claim, proof: proof.slice(0, -1) })).toBe(false);
    expect(verifyInclusion({ ...claim, proof: [...proof, proof[0]!] })).toBe(false);
    expect(verifyInclusion({ ...claim, size: 0 })).toBe(false);
    expect(verifyInclusion({ ...claim, index: 0, size: 0, proof: [] })).toBe(false);
    expect(verifyInclusion({ ...claim, index: size })).toBe(false);
    for (const number of WRONG_NUMBERS) {
      expect(verifyInclusion({ ...claim, index: number })).toBe(false);
      expect(verifyInclusion({ ...claim, size: number })).toBe(false);
      expect(verifyInclusion({ ...claim, index: number, size: number })).toBe(false);
    }
    expect(verifyInclusion({ ...claim, size: Number.MAX_SAFE_INTEGER })).toBe(false);
  });

  test('T-13 endless paths and hashes of another length', () => {
    const endless = Array.from({ length: 64 }, () => leaves[0]!);
    expect(verifyInclusion({ ...claim, proof: endless })).toBe(false);
    expect(
      verifyInclusion({ ...claim, size: Number.MAX_SAFE_INTEGER, proof: endless.slice(1) }),
    ).toBe(false);
    for (const hash of shortHashes) {
      expect(verifyInclusion({ ...claim, leaf: hash })).toBe(false);
      expect(verifyInclusion({ ...claim, root: hash })).toBe(false);
      expect(verifyInclusion({ ...claim, proof: [hash, ...proof.slice(1)] })).toBe(false);
      expect(
        verifyInclusion({ ...claim, index: 0, size: 1, leaf: hash, root: hash, proof: [] }),
      ).toBe(false);
    }
    expect(verifyInclusion({ ...claim, proof: null as unknown as Uint8Array[] })).toBe(false);
    expect(verifyInclusion({ ...claim, proof: new Array(3) })).toBe(false);
  });

  test('T-14 a valid proof shown with another record', () => {
    for (const [other, leaf] of leaves.entries()) {
      expect(verifyInclusion({ ...claim, leaf })).toBe(other === index);
    }
  });

  test('T-15 a record of 64 bytes equal to two hashes is no inner node', () => {
    const pair = concatBytes(leaves[0]!, leaves[1]!);
    const parent = nodeHash(leaves[0]!, leaves[1]!);
    const above = tree.inclusionProof(0, 4).slice(1);
    const root = tree.root(4);
    expect(leafHash(pair)).not.toEqual(parent);
    expect(verifyInclusion({ index: 0, size: 2, leaf: leafHash(pair), proof: above, root })).toBe(
      false,
    );
    // Without the prefix it would have been accepted, as a leaf of a tree half as large.
    expect(verifyInclusion({ index: 0, size: 2, leaf: parent, proof: above, root })).toBe(true);
  });

  test('T-16 consistency proof empty, 64 lines or more, backwards, or between different roots', () => {
    expect(verifyConsistency(extension)).toBe(true);
    expect(verifyConsistency({ ...extension, proof: [] })).toBe(false);
    for (const length of [64, 65, 1000]) {
      const endless = Array.from({ length }, () => leaves[0]!);
      expect(verifyConsistency({ ...extension, proof: endless })).toBe(false);
    }
    const { root1, root2 } = extension;
    expect(verifyConsistency({ ...extension, size1: 7, size2: 3 })).toBe(false);
    expect(
      verifyConsistency({ ...extension, size1: 7, size2: 3, root1: root2, root2: root1 }),
    ).toBe(false);
    expect(verifyConsistency({ ...extension, size1: 7, size2: 7, proof: [] })).toBe(false);
    expect(verifyConsistency({ ...extension, size1: 7, root1: root2, proof: [] })).toBe(true);
    expect(verifyConsistency({ ...extension, size1: 7, root1: root2 })).toBe(false);
  });

  test('T-16 numbers and hashes out of range', () => {
    for (const number of WRONG_NUMBERS) {
      expect(verifyConsistency({ ...extension, size1: number })).toBe(false);
      expect(verifyConsistency({ ...extension, size2: number })).toBe(false);
      expect(verifyConsistency({ ...extension, size1: number, size2: number })).toBe(false);
    }
    for (const hash of shortHashes) {
      expect(verifyConsistency({ ...extension, root1: hash })).toBe(false);
      expect(verifyConsistency({ ...extension, root2: hash })).toBe(false);
      expect(verifyConsistency({ ...extension, proof: [hash] })).toBe(false);
      expect(
        verifyConsistency({ ...extension, size1: 7, root1: hash, root2: hash, proof: [] }),
      ).toBe(false);
    }
  });

  test('T-13 T-16 a path beyond the root, even to a root made for it', () => {
    const [leaf, extra] = [leaves[0]!, leaves[1]!];
    const root = nodeHash(extra, leaf);
    expect(verifyInclusion({ index: 0, size: 1, leaf, proof: [extra], root })).toBe(false);
    const equal = { size1: 1, size2: 1, root1: leaf, root2: root, proof: [extra] };
    expect(verifyConsistency(equal)).toBe(false);
    const shrunk = { size1: 2, size2: 1, root1: root, root2: root, proof: [] };
    expect(verifyConsistency(shrunk)).toBe(false);
  });

  test('subtrees that do not begin where one can', () => {
    const [left, right] = [leaves[1]!, leaves[2]!];
    const root = nodeHash(left, right);
    const inclusion = { index: 1, leaf: left, proof: [right], root };
    expect(verifySubtreeInclusion({ ...inclusion, start: 1, end: 3 })).toBe(false);
    expect(verifySubtreeInclusion({ ...inclusion, index: 4, start: 4, end: 6 })).toBe(true);
    const consistency = { start: 1, end: 2, size: 2, root1: left, root2: tree.root(2) };
    expect(verifySubtreeConsistency({ ...consistency, proof: [leaves[0]!] })).toBe(true);
    expect(
      verifySubtreeConsistency({ ...consistency, start: 1, end: 3, size: 3, proof: [leaves[0]!] }),
    ).toBe(false);
  });

  test('from the empty tree only an empty proof and the empty root', () => {
    const empty = { size1: 0, size2: 7, root1: EMPTY_ROOT, root2: tree.root(7), proof: [] };
    expect(verifyConsistency(empty)).toBe(true);
    expect(verifyConsistency({ ...empty, root1: tree.root(7) })).toBe(false);
    expect(verifyConsistency({ ...empty, proof: [leaves[0]!] })).toBe(false);
    expect(verifyConsistency({ ...empty, size2: 0 })).toBe(false);
    expect(verifyConsistency({ ...empty, size2: 0, root2: EMPTY_ROOT })).toBe(true);
  });

  test('whatever they are made of', () => {
    const anything = fc.anything();
    const hashes = fc.oneof(fc.array(fc.constantFrom(...leaves), { maxLength: 70 }), anything);
    fc.assert(
      fc.property(anything, anything, anything, hashes, anything, (a, b, leaf, list, root) => {
        const made = { index: a, size: b, leaf, proof: list, root } as never;
        expect(verifyInclusion(made)).toBe(false);
        const pair = { size1: a, size2: b, root1: leaf, root2: root, proof: list } as never;
        expect(verifyConsistency(pair)).toBe(false);
      }),
    );
  });
});

describe('what makes trees and proofs throws with a code', () => {
  const invalid = expect.objectContaining({ code: 'SIGNING_PROOF_INVALID' });

  test('frontier states that are not those of a tree', () => {
    const { size, hashes } = createFrontier({ size: 3, hashes: leaves.slice(0, 2) }).state();
    expect({ size, hashes }).toEqual({ size: 3, hashes: leaves.slice(0, 2) });
    for (const wrong of [
      { size: 3, hashes: leaves.slice(0, 1) },
      { size: 3, hashes: leaves.slice(0, 3) },
      { size: 1, hashes: [new Uint8Array(31)] },
      { size: 1, hashes: undefined as never },
      ...WRONG_NUMBERS.filter((number) => number !== undefined).map((number) => ({
        size: number,
        hashes: [],
      })),
    ]) {
      expect(() => createFrontier(wrong)).toThrow(invalid);
    }
  });

  test('a full frontier, leaves of another length', () => {
    const hashes = Array.from({ length: 53 }, () => leaves[0]!);
    const full = createFrontier({ size: Number.MAX_SAFE_INTEGER, hashes });
    expect(() => full.append(leaves[0]!)).toThrow(invalid);
    expect(full.state()).toEqual({ size: Number.MAX_SAFE_INTEGER, hashes });
    expect(() => createFrontier().append(new Uint8Array(31))).toThrow(invalid);
    expect(() => createTree().append(new Uint8Array(31))).toThrow(invalid);
  });

  test('positions outside the tree, subtrees that are none', () => {
    for (const number of [...WRONG_NUMBERS.filter((value) => value !== undefined), LARGEST + 1]) {
      expect(() => tree.root(number)).toThrow(invalid);
      expect(() => tree.inclusionProof(0, number)).toThrow(invalid);
      expect(() => tree.inclusionProof(number, LARGEST)).toThrow(invalid);
      expect(() => tree.consistencyProof(number, LARGEST)).toThrow(invalid);
    }
    expect(() => tree.inclusionProof(LARGEST)).toThrow(invalid);
    for (const [start, end] of [
      [0, 3],
      [1, 3],
      [0, 256],
      [4, 4],
      [4, 2],
      [0.5, 1.5],
    ] as const) {
      expect(() => tree.subtree(start, end)).toThrow(invalid);
    }
  });

  test('what was handed in or out may change without harm', () => {
    const leaf = leafHash('x');
    const own = createTree([leaf]);
    const frontier = createFrontier();
    frontier.append(leaf);
    const root = own.root();
    own.root().fill(0);
    own.subtree(0, 1).fill(0);
    frontier.root().fill(0);
    frontier.state().hashes[0]!.fill(0);
    leaf.fill(0);
    createTree().root().fill(0);
    expect(own.root()).toEqual(root);
    expect(frontier.root()).toEqual(root);
    expect(createTree().root()).toEqual(sha256(''));
  });
});
