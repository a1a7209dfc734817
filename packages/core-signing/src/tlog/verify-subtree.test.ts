import { describe, expect, test } from 'vitest';
import { EMPTY_ROOT, leafHash, nodeHash } from './hash.js';
import {
  verifyConsistency,
  verifyInclusion,
  verifySubtreeConsistency,
  verifySubtreeInclusion,
} from './verify.js';

/** Every proof of every small tree and subtree, made by the recursive definitions. */
const LARGEST = 17;
const leaves = Array.from({ length: LARGEST }, (_, index) => leafHash(`record ${index}`));
const stranger = leafHash('a stranger');

const split = (count: number): number => {
  let half = 1;
  while (half * 2 < count) half *= 2;
  return half;
};

/** The root of the leaves from `start` to `end`, not included. */
function rootOf(start: number, end: number): Uint8Array {
  if (start === end) return EMPTY_ROOT;
  if (end - start === 1) return leaves[start] ?? EMPTY_ROOT;
  const middle = start + split(end - start);
  return nodeHash(rootOf(start, middle), rootOf(middle, end));
}

function pathOf(index: number, start: number, end: number): Uint8Array[] {
  if (end - start === 1) return [];
  const middle = start + split(end - start);
  return index < middle
    ? [...pathOf(index, start, middle), rootOf(middle, end)]
    : [...pathOf(index, middle, end), rootOf(start, middle)];
}

/** The proof that the leaves from `start` to `end` are a subtree of those from `low` to `high`. */
function proofOf(
  start: number,
  end: number,
  low: number,
  high: number,
  known = true,
): Uint8Array[] {
  if (start === low && end === high) return known ? [] : [rootOf(low, high)];
  const middle = low + split(high - low);
  if (end <= middle) {
    return [...proofOf(start, end, low, middle, known), rootOf(middle, high)];
  }
  if (start >= middle) {
    return [...proofOf(start, end, middle, high, known), rootOf(low, middle)];
  }
  return [...proofOf(middle, end, middle, high, false), rootOf(low, middle)];
}

/** What a proof becomes when something of it is missing, too much, or at another place. */
const bent = (proof: readonly Uint8Array[]): readonly (readonly Uint8Array[])[] => [
  [...proof, stranger],
  [stranger, ...proof],
  ...proof.map((_, at) => proof.toSpliced(at, 1)),
  ...proof.map((_, at) => proof.with(at, stranger)),
];

/** The subtrees of up to so many leaves. */
const subtrees = (size: number): readonly (readonly [start: number, end: number])[] =>
  Array.from({ length: size }, (_, start) => start).flatMap((start) =>
    Array.from({ length: size - start }, (_, at) => start + at + 1).flatMap((end) => {
      const width = end - start === 1 ? 1 : split(end - start) * 2;
      return start % width === 0 ? [[start, end] as const] : [];
    }),
  );

describe('every proof of every small tree', () => {
  test('that a leaf is at its place holds there, and bent nowhere', () => {
    for (let size = 1; size <= LARGEST; size += 1) {
      const root = rootOf(0, size);
      for (const [index, leaf] of leaves.slice(0, size).entries()) {
        const claim = { index, size, leaf, proof: pathOf(index, 0, size), root };
        expect(verifyInclusion(claim)).toBe(true);
        expect(verifyInclusion({ ...claim, leaf: stranger })).toBe(false);
        for (const proof of bent(claim.proof)) {
          expect(verifyInclusion({ ...claim, proof })).toBe(false);
        }
      }
    }
  });

  test('that one begins with another holds for these two, and bent for none', () => {
    for (let size2 = 1; size2 <= LARGEST; size2 += 1) {
      for (let size1 = 1; size1 <= size2; size1 += 1) {
        const proof = proofOf(0, size1, 0, size2);
        const claim = { size1, size2, root1: rootOf(0, size1), root2: rootOf(0, size2), proof };
        expect(verifyConsistency(claim)).toBe(true);
        expect(verifyConsistency({ ...claim, root1: stranger })).toBe(false);
        expect(verifyConsistency({ ...claim, root2: stranger })).toBe(false);
        for (const other of bent(proof)) {
          expect(verifyConsistency({ ...claim, proof: other })).toBe(false);
        }
      }
    }
  });

  test('that it has a subtree holds for this one, and bent for none', () => {
    for (let size = 1; size <= LARGEST; size += 1) {
      for (const [start, end] of subtrees(size)) {
        const proof = proofOf(start, end, 0, size);
        const roots = { root1: rootOf(start, end), root2: rootOf(0, size) };
        const claim = { start, end, size, ...roots, proof };
        expect(verifySubtreeConsistency(claim)).toBe(true);
        for (const other of bent(proof)) {
          expect(verifySubtreeConsistency({ ...claim, proof: other })).toBe(false);
        }
        expect(verifySubtreeConsistency({ ...claim, root1: stranger })).toBe(false);
      }
    }
  });

  test('that a leaf is in a subtree holds at its place in it', () => {
    for (const [start, end] of subtrees(LARGEST)) {
      const root = rootOf(start, end);
      for (let index = start; index < end; index += 1) {
        const leaf = leaves[index] ?? stranger;
        const claim = { index, start, end, leaf, proof: pathOf(index, start, end), root };
        expect(verifySubtreeInclusion(claim)).toBe(true);
        expect(verifySubtreeInclusion({ ...claim, leaf: stranger })).toBe(false);
        for (const other of [start - 1, end, 0.5, Number.NaN]) {
          expect(verifySubtreeInclusion({ ...claim, index: other })).toBe(false);
        }
      }
    }
  });
});

describe('a subtree that is none', () => {
  const proof: readonly Uint8Array[] = [];
  const [root1, root2] = [EMPTY_ROOT, rootOf(0, 4)];

  test('has its end before its start, or beyond the tree, or begins where none can', () => {
    const claim = { size: 4, root1, root2, proof };
    expect(verifySubtreeConsistency({ ...claim, start: 2, end: 2 })).toBe(true);
    expect(verifySubtreeConsistency({ ...claim, start: 2, end: 2, root1: root2 })).toBe(false);
    expect(verifySubtreeConsistency({ ...claim, start: 2, end: 2, proof: [root2] })).toBe(false);
    expect(verifySubtreeConsistency({ ...claim, start: 5, end: 5 })).toBe(false);
    const whole = { size: 4, root1: root2, root2, proof };
    expect(verifySubtreeConsistency({ ...whole, start: 0, end: 4 })).toBe(true);
    for (const [start, end] of [
      [4, 0],
      [1, 5],
      [1, 3],
      [0.5, 4],
      [0, 4.5],
      [-4, 0],
      [Number.NaN, 4],
    ] as const) {
      expect(verifySubtreeConsistency({ ...whole, start, end })).toBe(false);
    }
    for (const size of [3, 4.5, -1, Number.NaN]) {
      expect(verifySubtreeConsistency({ ...whole, start: 0, end: 4, size })).toBe(false);
    }
  });

  test('has no leaf in it', () => {
    const leaf = leaves[0] ?? stranger;
    expect(verifySubtreeInclusion({ index: 4, start: 4, end: 5, leaf, proof, root: leaf })).toBe(
      true,
    );
    for (const [start, end] of [
      [4, 4],
      [5, 4],
      [3, 5],
      [4, 4.5],
    ] as const) {
      expect(verifySubtreeInclusion({ index: 4, start, end, leaf, proof, root: leaf })).toBe(false);
    }
  });
});
