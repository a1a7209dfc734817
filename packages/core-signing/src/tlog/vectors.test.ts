import { describe, expect, test } from 'vitest';
import { fromBase64 } from '../bytes.js';
import { testData } from './test-data.js';
import {
  verifyConsistency,
  verifyInclusion,
  verifySubtreeConsistency,
  verifySubtreeInclusion,
} from './verify.js';

interface Vector {
  readonly id: string;
  readonly kind: 'inclusion' | 'consistency' | 'subtreeinclusion' | 'subtreeconsistency';
  readonly wantErr: boolean;
  readonly proof: readonly string[] | null;
  readonly [field: string]: unknown;
}

const data = testData('vectors/merkle');

function hash(value: unknown): Uint8Array {
  return fromBase64(typeof value === 'string' ? value : '');
}

function check(vector: Vector): boolean {
  const number = (field: string) => vector[field] as number;
  const proof = (vector.proof ?? []).map(hash);
  const leaf = hash(vector.leafHash);
  const index = number('leafIdx');
  const [start, end] = [number('start'), number('end')];
  const roots = { root1: hash(vector.root1), root2: hash(vector.root2) };
  const root = hash(vector.root);
  switch (vector.kind) {
    case 'inclusion':
      return verifyInclusion({ index, size: number('treeSize'), leaf, proof, root });
    case 'consistency':
      return verifyConsistency({
        size1: number('size1'),
        size2: number('size2'),
        ...roots,
        proof,
      });
    case 'subtreeinclusion':
      return verifySubtreeInclusion({ index, start, end, leaf, proof, root });
    case 'subtreeconsistency':
      return verifySubtreeConsistency({ start, end, size: number('size'), ...roots, proof });
  }
}

/** The vectors call some equal roots fine that are no hashes at all; here they never are. */
function hasRealRoots(vector: Vector): boolean {
  const roots = [vector.root, vector.root1, vector.root2].filter((root) => root !== undefined);
  return roots.every((root) => hash(root).length === 32);
}

describe.skipIf(!data.there)('RFC 6962 proofs of transparency-dev', () => {
  const vectors = data.there
    ? data
        .text('rfc6962_proofs.jsonl')
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line) as Vector)
    : [];

  test('every line', () => {
    const wrong = vectors.filter(
      (vector) => check(vector) !== (!vector.wantErr && hasRealRoots(vector)),
    );
    expect(wrong.map(({ id }) => id)).toEqual([]);
    expect(vectors).toHaveLength(518);
  });

  test('the few accepted lines that are refused here, for roots that are no hashes', () => {
    const refused = vectors.filter((vector) => !vector.wantErr && !hasRealRoots(vector));
    expect(refused.map(({ id }) => id)).toMatchInlineSnapshot(`
      [
        "consistency/additional/sizes-are-equal-one-and-proof-is-empty.json",
        "subtreeconsistency/additional/sizes-are-equal-one-and-proof-is-empty.json",
        "subtreeconsistency/additional/subtree-is-empty-sizes-are-equal-one-subtree-root-valid-tree-root-random-proof-is-empty.json",
        "subtreeconsistency/additional/subtree-is-empty-sizes-are-equal-zero-subtree-root-valid-tree-root-random-proof-is-empty.json",
      ]
    `);
  });
});
