import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { concatBytes, equalBytes, toHex } from '../bytes.js';
import { sha256 } from '../digest.js';
import { SigningError } from '../error.js';
import { createFrontier, merkleRoot } from './frontier.js';
import { EMPTY_ROOT, leafHash, nodeHash } from './hash.js';
import { consistencyProof, inclusionProof } from './prove.js';
import { createTree } from './tree.js';
import { verifyConsistency, verifyInclusion } from './verify.js';

const LARGEST = 130;

// RFC 6962, section 2.1, word for word and independent of the code under test.
const inner = (left: Uint8Array, right: Uint8Array) =>
  sha256(concatBytes(Uint8Array.of(1), left, right));
const memo = new Map<string, Uint8Array>();

function mth(start: number, end: number): Uint8Array {
  const key = `${start}:${end}`;
  const known = memo.get(key);
  if (known !== undefined) return known;
  const k = split(end - start);
  const hash =
    end === start
      ? sha256('')
      : end - start === 1
        ? sha256(concatBytes(Uint8Array.of(0), record(start)))
        : inner(mth(start, start + k), mth(start + k, end));
  memo.set(key, hash);
  return hash;
}

function path(m: number, start: number, end: number): Uint8Array[] {
  if (end - start === 1) return [];
  const k = split(end - start);
  return m < k
    ? [...path(m, start, start + k), mth(start + k, end)]
    : [...path(m - k, start + k, end), mth(start, start + k)];
}

function subproof(m: number, start: number, end: number, whole: boolean): Uint8Array[] {
  if (m === end - start) return whole ? [] : [mth(start, end)];
  const k = split(end - start);
  return m <= k
    ? [...subproof(m, start, start + k, whole), mth(start + k, end)]
    : [...subproof(m - k, start + k, end, false), mth(start, start + k)];
}

function split(n: number): number {
  return n < 2 ? 0 : 2 ** (Math.ceil(Math.log2(n)) - 1);
}

function record(index: number): Uint8Array {
  return new TextEncoder().encode(`record ${index}`);
}

const leaves = Array.from({ length: LARGEST }, (_, index) => leafHash(record(index)));
const tree = createTree(leaves);

describe('against the recursive definition of RFC 6962', () => {
  test('leaves and nodes are hashed with their prefixes, text as UTF-8', () => {
    expect(leafHash('é')).toEqual(sha256(Uint8Array.of(0, 0xc3, 0xa9)));
    expect(leafHash(record(3))).toEqual(mth(3, 4));
    expect(nodeHash(leaves[0]!, leaves[1]!)).toEqual(mth(0, 2));
    expect(toHex(EMPTY_ROOT)).toBe(toHex(sha256('')));
    expect(() => leafHash('\ud800')).toThrow(SigningError);
  });

  test('roots of every size, by frontier, tree and list', () => {
    const frontier = createFrontier();
    for (let size = 0; size <= LARGEST; size += 1) {
      expect(frontier.size).toBe(size);
      expect(equalBytes(frontier.root(), mth(0, size))).toBe(true);
      expect(equalBytes(tree.root(size), mth(0, size))).toBe(true);
      expect(equalBytes(merkleRoot(leaves.slice(0, size)), mth(0, size))).toBe(true);
      if (size < LARGEST) frontier.append(leaves[size]!);
    }
  });

  test('a frontier extended by many leaves at once is the one that had each appended', () => {
    const many = Array.from({ length: 1100 }, (_, index) => leafHash(`record ${index}`));
    fc.assert(
      fc.property(fc.array(fc.nat(700), { minLength: 1, maxLength: 5 }), (cuts) => {
        const one = createFrontier();
        const other = createFrontier();
        const tiles: Uint8Array[] = [];
        for (const end of [...cuts, many.length].sort((a, b) => a - b)) {
          const next = many.slice(one.size, end);
          for (const leaf of next) one.append(leaf);
          other.extend(concatBytes(...next), (root) => tiles.push(root));
          expect(other.state()).toEqual(one.state());
        }
        const roots = [0, 1, 2, 3].map((tile) =>
          merkleRoot(many.slice(tile * 256, tile * 256 + 256)),
        );
        expect(tiles).toEqual(roots);
      }),
      { numRuns: 20 },
    );
    expect(() => createFrontier().extend(new Uint8Array(33))).toThrow(SigningError);
  });

  test('every inclusion proof of every size', () => {
    for (let size = 1; size <= LARGEST; size += 1) {
      const root = mth(0, size);
      for (let index = 0; index < size; index += 1) {
        const proof = tree.inclusionProof(index, size);
        const wanted = path(index, 0, size);
        if (toHex(concatBytes(...proof)) !== toHex(concatBytes(...wanted))) {
          expect({ index, size, proof }).toEqual({ index, size, proof: wanted });
        }
        const claim = { index, size, leaf: leaves[index]!, proof, root };
        if (!verifyInclusion(claim)) expect(claim).toBe('verified');
      }
    }
  });

  test('every consistency proof of every pair of sizes', () => {
    for (let size2 = 1; size2 <= LARGEST; size2 += 1) {
      const root2 = mth(0, size2);
      for (let size1 = 0; size1 <= size2; size1 += 1) {
        const proof = tree.consistencyProof(size1, size2);
        const wanted = size1 === 0 ? [] : subproof(size1, 0, size2, true);
        if (toHex(concatBytes(...proof)) !== toHex(concatBytes(...wanted))) {
          expect({ size1, size2, proof }).toEqual({ size1, size2, proof: wanted });
        }
        const claim = { size1, size2, root1: mth(0, size1), root2, proof };
        if (!verifyConsistency(claim)) expect(claim).toBe('verified');
      }
    }
  });

  test('a frontier restored at every size goes on as if nothing had happened', () => {
    const original = createFrontier();
    for (let size = 0; size < LARGEST; size += 1) {
      const restored = createFrontier(original.state());
      for (let next = size; next < Math.min(size + 5, LARGEST); next += 1) {
        restored.append(leaves[next]!);
      }
      expect(equalBytes(restored.root(), mth(0, Math.min(size + 5, LARGEST)))).toBe(true);
      expect(equalBytes(original.root(), mth(0, size))).toBe(true);
      original.append(leaves[size]!);
    }
  });
});

describe('ranges asked of a subtree source', () => {
  const anySize = fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER });
  const pair = fc
    .tuple(anySize, fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true }))
    .map(([size, part]) => [Math.min(Math.floor(part * size), size - 1), size] as const);

  // Any function serves as a tree of any size, as long as its hashes add up.
  const virtual = (asked: (readonly [number, number])[]) => (start: number, end: number) => {
    asked.push([start, end]);
    return sha256(`${start}:${end}`);
  };

  test('are complete, aligned, inside the tree and few, up to 2^53 - 1 leaves', () => {
    fc.assert(
      fc.property(pair, ([lower, size]) => {
        const asked: (readonly [number, number])[] = [];
        const inclusion = inclusionProof(lower, size, virtual(asked));
        const consistency = consistencyProof(lower, size, virtual(asked));
        expect(inclusion.length).toBeLessThanOrEqual(53);
        expect(consistency.length).toBeLessThanOrEqual(54);
        for (const [start, end] of asked) {
          const width = end - start;
          expect(Number.isInteger(Math.log2(width))).toBe(true);
          expect(start % width).toBe(0);
          expect(end).toBeLessThanOrEqual(size);
        }
        expect(asked.length).toBeLessThanOrEqual(2 * 107);
      }),
    );
  });

  test('proofs in huge trees verify', () => {
    // A tree whose leaves are all the same has a hash per height only.
    const heights = [leafHash('same')];
    for (let height = 1; height < 53; height += 1) {
      heights.push(nodeHash(heights[height - 1]!, heights[height - 1]!));
    }
    const same = (start: number, end: number) => heights[Math.log2(end - start)]!;
    const rootOf = (size: number) => {
      const hashes = heights.filter((_, height) => Math.floor(size / 2 ** height) % 2 === 1);
      return createFrontier({ size, hashes: hashes.reverse() }).root();
    };
    fc.assert(
      fc.property(pair, ([lower, size]) => {
        const root = rootOf(size);
        const proof = inclusionProof(lower, size, same);
        const claim = { index: lower, size, leaf: heights[0]!, proof, root };
        expect(verifyInclusion(claim)).toBe(true);
        const extension = {
          size1: lower,
          size2: size,
          root1: rootOf(lower),
          root2: root,
          proof: consistencyProof(lower, size, same),
        };
        expect(verifyConsistency(extension)).toBe(true);
      }),
    );
  });
});
