import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatCheckpoint } from './checkpoint.js';
import { leafHash } from './hash.js';
import {
  formatIndexProof,
  type IndexTreeProof,
  indexOrigin,
  indexRoot,
  type ProvenIndexEntry,
} from './index-proof.js';
import {
  type IndexEntry,
  indexEntryDigest,
  indexLeaf,
  indexRanges,
  indexSegments,
  indexTermHash,
} from './index-tree.js';
import { signNote } from './sign-note.js';
import { testKey } from './test-keys.js';
import { createTree } from './tree.js';
import { compareHashes, verifyIndexProof } from './verify-index.js';

const origin = 'example.com/log';
const { key, verifier: logKey } = await testKey('log', origin);
const root = leafHash('the root of the log');

const leafOf = (index: number) => ({ index, leaf: leafHash(`record ${index}`) });

describe('an index proof that a log signed', () => {
  const answer = async (
    proof: Parameters<typeof formatIndexProof>[0],
    records: readonly number[],
    more: Partial<Parameters<typeof verifyIndexProof>[0]> = {},
  ) => {
    const result = await verifyIndexProof({
      ...{ proof: formatIndexProof(proof), logKey, checkpoint: { origin, size: 60, root } },
      ...{ term: proof.term, records: records.map(leafOf), ...more },
    });
    return result.ok ? ['ok', result.size, result.records] : [result.reason, result.tree];
  };

  /** The proof of one tree of these entries, in this order, whatever a log would sign. */
  async function forge(
    entries: readonly IndexEntry[],
    proofOf: (proven: (at: number) => ProvenIndexEntry | undefined) => IndexTreeProof,
    { term = 'mine', size = 60 } = {},
  ) {
    const tree = createTree(entries.map(indexLeaf));
    const proof = proofOf((at) => {
      const entry = entries[at];
      return entry && { ...entry, path: tree.inclusionProof(at) };
    });
    const [range = { first: 0, end: 0 }] = indexRanges(60);
    const trees = [{ ...range, entries: entries.length, root: tree.root(), proof }];
    const body = formatCheckpoint({
      ...{ origin: indexOrigin(origin), size, root: indexRoot(root, trees) },
    });
    return { term, trees, head: await signNote(body, [{ name: origin, key }]) };
  }

  const entryOf = (name: string, indexes: readonly number[]): IndexEntry => {
    const digest = indexEntryDigest(indexSegments(indexes.map(leafOf)));
    return { term: indexTermHash(name), digest };
  };

  it('does not show that a term is absent by entries of the same tree on one side of it, or by its own', async () => {
    const names = ['a', 'b', 'mine', 'c', 'd'];
    const entries = names
      .map((name, at) => entryOf(name, [at]))
      .sort((one, other) => compareHashes(one.term, other.term));
    for (const without of [true, false]) {
      const mine = entryOf('mine', [2]).term;
      const there = entries.filter(({ term }) => !without || compareHashes(term, mine) !== 0);
      const place = there.filter(({ term }) => compareHashes(term, mine) < 0).length;
      for (let position = 0; position <= there.length; position += 1) {
        const proof = await forge(there, (proven) => {
          const [left, right] = [proven(position - 1), proven(position)];
          return { kind: 'absent', position, ...(left && { left }), ...(right && { right }) };
        });
        const isShown = without && position === place;
        expect(await answer(proof, [])).toEqual(isShown ? ['ok', 60, 0] : ['tree_mismatch', 0]);
      }
    }
  });

  it('refuses a term that is there with no records, though the log signed that', async () => {
    const present = (at: number) => (proven: (at: number) => ProvenIndexEntry | undefined) => ({
      ...{ kind: 'present' as const, position: at, path: proven(at)?.path ?? [] },
    });
    const [one, none] = [entryOf('mine', [3]), entryOf('mine', [])];
    expect(await answer(await forge([one], present(0)), [3])).toEqual(['ok', 60, 1]);
    expect(await answer(await forge([none], present(0)), [])).toEqual(['records_differ', 0]);
  });

  it('refuses a head that names another size than its trees end at', async () => {
    const present = () => ({ kind: 'present' as const, position: 0, path: [] });
    for (const size of [59, 60, 61]) {
      const proof = await forge([entryOf('mine', [3])], present, { size });
      const [reason] = await answer(proof, [3]);
      expect(reason).toBe(size === 60 ? 'ok' : 'head_mismatch');
    }
  });

  it('throws what is no refusal: a fault of the cryptography, and a proof that is no text', async () => {
    const present = () => ({ kind: 'present' as const, position: 0, path: [] });
    const proof = await forge([entryOf('mine', [3])], present);
    const refuses = () => Promise.reject(new Error('no crypto'));
    const broken = { ...logKey, key: { ...logKey.key, verify: refuses } };
    await expect(answer(proof, [3], { logKey: broken })).rejects.toThrow('no crypto');
    await expect(answer(proof, [3], { proof: undefined as never })).rejects.toThrow(TypeError);
  });
});

describe('the order of hashes', () => {
  it('is that of their bytes, the first that differs', () => {
    const hash = fc.uint8Array({ minLength: 4, maxLength: 4, max: 2 });
    const text = (bytes: Uint8Array) => bytes.join('');
    fc.assert(
      fc.property(hash, hash, (one, other) => {
        const wanted = text(one) < text(other) ? -1 : Number(text(one) > text(other));
        expect(Math.sign(compareHashes(one, other))).toBe(wanted);
      }),
    );
  });
});
