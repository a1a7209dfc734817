import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatCheckpoint } from './checkpoint.js';
import { leafHash } from './hash.js';
import { formatIndexProof, indexOrigin, indexRoot, parseIndexProof } from './index-proof.js';
import {
  INDEX_SEGMENT,
  type IndexEntry,
  indexEntryDigest,
  indexLeaf,
  indexRanges,
  indexRunDigest,
  indexSegmentDigest,
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

/** A log where `terms` says which records carry which term; every record of a range has `all`. */
async function prove(
  size: number,
  terms: Readonly<Record<string, readonly number[]>>,
  term: string,
) {
  const asked = indexTermHash(term);
  const trees = indexRanges(size).map((range) => {
    const entries: IndexEntry[] = Object.entries(terms).flatMap(([name, indexes]) => {
      const here = indexes.filter((index) => index >= range.first && index < range.end);
      if (here.length === 0) return [];
      const digest = indexEntryDigest(indexSegments(here.map(leafOf)));
      return [{ term: indexTermHash(name), digest }];
    });
    entries.sort((a, b) => compareHashes(a.term, b.term));
    const tree = createTree(entries.map(indexLeaf));
    const position = entries.filter((entry) => compareHashes(entry.term, asked) < 0).length;
    const proven = (at: number) => {
      const entry = entries[at];
      return entry && { ...entry, path: tree.inclusionProof(at) };
    };
    const [left, right] = [proven(position - 1), proven(position)];
    const isThere = right !== undefined && compareHashes(right.term, asked) === 0;
    const proof = isThere
      ? { kind: 'present' as const, position, path: right.path }
      : { kind: 'absent' as const, position, ...(left && { left }), ...(right && { right }) };
    return { ...range, entries: entries.length, root: tree.root(), proof };
  });
  const body = formatCheckpoint({
    origin: indexOrigin(origin),
    size,
    root: indexRoot(root, trees),
  });
  return { term, trees, head: await signNote(body, [{ name: origin, key }]) };
}

const verify = (proof: string, size: number, term: string, indexes: readonly number[]) =>
  verifyIndexProof({
    proof,
    logKey,
    checkpoint: { origin, size, root },
    term,
    records: indexes.map(leafOf),
  });

const all = (size: number) => Array.from({ length: size }, (_, at) => at);

describe('the ranges of a head', () => {
  it('are contiguous, aligned, and logarithmic in number', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 5_000_000_000 }), (size) => {
        let next = 0;
        for (const { first, end } of indexRanges(size)) {
          expect(first).toBe(next);
          next = end;
        }
        expect(next).toBe(size);
        expect(indexRanges(size).length).toBeLessThanOrEqual(3 * 11 + 1);
      }),
    );
  });

  it('run in powers of four, then the open segment', () => {
    const widths = (size: number) => indexRanges(size).map(({ first, end }) => end - first);
    expect(widths(0)).toEqual([]);
    expect(widths(1)).toEqual([1]);
    expect(widths(INDEX_SEGMENT)).toEqual([INDEX_SEGMENT]);
    expect(widths(INDEX_SEGMENT * 23 + 7)).toEqual(
      [16, 4, 1, 1, 1].map((count) => count * INDEX_SEGMENT).concat(7),
    );
  });
});

describe('an index proof', () => {
  const size = INDEX_SEGMENT * 5 + 40;
  const indexes = fc.uniqueArray(fc.integer({ min: 0, max: size - 1 }), { maxLength: 12 });

  it('holds for exactly the records of the term', async () => {
    await fc.assert(
      fc.asyncProperty(indexes, indexes, async (mine, others) => {
        const sorted = [...mine].sort((a, b) => a - b);
        const terms = { all: all(size).filter((at) => at % 1000 === 0), mine: sorted, others };
        const proof = formatIndexProof(await prove(size, terms, 'mine'));
        expect(formatIndexProof(parseIndexProof(proof))).toBe(proof);
        expect(await verify(proof, size, 'mine', sorted)).toMatchObject({ ok: true, size });
        for (const left of sorted) {
          const fewer = sorted.filter((index) => index !== left);
          expect(await verify(proof, size, 'mine', fewer)).toMatchObject({ ok: false });
        }
        const more = all(size).find((index) => !mine.includes(index)) ?? 0;
        const longer = [...sorted, more].sort((a, b) => a - b);
        expect(await verify(proof, size, 'mine', longer)).toMatchObject({ ok: false });
      }),
      { numRuns: 40 },
    );
  });

  it('says why it does not hold', async () => {
    const terms = { all: all(60), mine: [3, 17], zoo: [5] };
    const proof = await prove(60, terms, 'mine');
    const text = formatIndexProof(proof);
    const reason = async (...args: Parameters<typeof verify>) => {
      const result = await verify(...args);
      return result.ok ? 'ok' : result.reason;
    };
    expect(await reason(text, 60, 'mine', [3, 17])).toBe('ok');
    expect(await reason(text.replace('tree', 'trees'), 60, 'mine', [3, 17])).toBe('malformed');
    const long = text.replace('\n\n', `${'\nx'.repeat(16_384)}\n\n`);
    expect(await reason(long, 60, 'mine', [3, 17])).toBe('malformed');
    expect(await reason(text, 60, 'zoo', [5])).toBe('other_term');
    expect(await reason(text.replace(/— .*/, '— x AAAA'), 60, 'mine', [3])).toBe('head_signature');
    expect(await reason(text, 61, 'mine', [3, 17])).toBe('head_mismatch');
    expect(await reason(text, 60, 'mine', [17, 3])).toBe('records_order');
    expect(await reason(text, 60, 'mine', [3])).toBe('records_differ');
    expect(await reason(text, 60, 'mine', [])).toBe('records_differ');
    const absent = await prove(60, { all: all(60), zoo: [5] }, 'mine');
    expect(await reason(formatIndexProof(absent), 60, 'mine', [])).toBe('ok');
    expect(await reason(formatIndexProof(absent), 60, 'mine', [3])).toBe('records_unknown');
    const [tree] = absent.trees;
    if (tree?.proof.kind !== 'absent') throw new Error('expected an absence proof');
    const { left: _, right: __, ...bare } = tree.proof;
    const hidden = { ...absent, trees: [{ ...tree, proof: bare }] };
    expect(await reason(formatIndexProof(hidden), 60, 'mine', [])).toBe('tree_mismatch');
  });
});

describe('the digest of records of a run', () => {
  it('is that of the same records one by one, wherever their hashes lie in memory', () => {
    const run = Array.from({ length: 50 }, (_, at) => leafOf(2 ** 33 + at));
    const places = fc.uniqueArray(fc.nat(49), { maxLength: 50 });
    fc.assert(
      fc.property(places, fc.nat(5), (unsorted, offset) => {
        const sorted = unsorted.sort((a, b) => a - b);
        const memory = new Uint8Array(50 * 32 + offset);
        for (const [at, { leaf }] of run.entries()) memory.set(leaf, offset + at * 32);
        const leaves = memory.subarray(offset);
        const wanted = indexSegmentDigest(sorted.map((at) => run[at] as (typeof run)[number]));
        expect(indexRunDigest({ first: 2 ** 33, leaves }, sorted)).toEqual(wanted);
      }),
    );
  });

  it('refuses a place outside of it', () => {
    const run = { first: 0, leaves: new Uint8Array(64) };
    for (const place of [-1, 0.5, 2, Number.NaN]) {
      expect(() => indexRunDigest(run, [0, place])).toThrow(
        expect.objectContaining({ code: 'SIGNING_PROOF_INVALID' }),
      );
    }
  });
});
