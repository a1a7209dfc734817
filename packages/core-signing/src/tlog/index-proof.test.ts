import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatCheckpoint } from './checkpoint.js';
import { leafHash } from './hash.js';
import {
  formatIndexProof,
  type IndexTreeProof,
  indexOrigin,
  indexRoot,
  parseIndexProof,
} from './index-proof.js';
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

type Absent = Extract<IndexTreeProof, { kind: 'absent' }>;

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

  const answer = async (
    proof: Awaited<ReturnType<typeof prove>>,
    records: readonly number[],
    more: Partial<Parameters<typeof verifyIndexProof>[0]> = {},
  ) => {
    const result = await verifyIndexProof({
      ...{ proof: formatIndexProof(proof), logKey, checkpoint: { origin, size: 60, root } },
      ...{ term: proof.term, records: records.map(leafOf), ...more },
    });
    return result.ok ? ['ok', result.size, result.records] : [result.reason, result.tree];
  };

  it('is signed by a key of the log that was in service at that size', async () => {
    const proof = await prove(60, { all: all(60), mine: [3, 17] }, 'mine');
    const { verifier: stranger } = await testKey('log', 'example.com/other');
    const limited = (limit: object) => ({ ...logKey, key: { ...logKey.key, ...limit } });
    const by = async (keys: typeof logKey | readonly (typeof logKey)[]) =>
      (await answer(proof, [3, 17], { logKey: keys }))[0];
    expect(await answer(proof, [3, 17])).toEqual(['ok', 60, 2]);
    expect(await by([stranger, logKey])).toBe('ok');
    expect(await by(stranger)).toBe('head_signature');
    expect(await by([])).toBe('head_signature');
    expect(await by(limited({ lastGoodSize: 60 }))).toBe('ok');
    expect(await by(limited({ lastGoodSize: 59 }))).toBe('head_signature');
    expect(await by([stranger, limited({ lastGoodSize: 59 })])).toBe('head_signature');
    const twice = [logKey, { ...logKey, key: { ...stranger.key } }];
    await expect(by(twice)).resolves.toBe('head_signature');
  });

  it('is about this log, this size and this root', async () => {
    const proof = await prove(60, { all: all(60), mine: [3] }, 'mine');
    for (const checkpoint of [
      { origin: 'example.com/other', size: 60, root },
      { origin, size: 59, root },
      { origin, size: 60, root: leafHash('another root') },
    ]) {
      expect(await answer(proof, [3], { checkpoint })).toEqual(['head_mismatch', undefined]);
    }
    expect(await answer({ ...proof, trees: [] }, [3])).toEqual(['head_mismatch', undefined]);
  });

  it('is about records that ascend below its size', async () => {
    const proof = await prove(60, { all: all(60), mine: [0, 59] }, 'mine');
    expect(await answer(proof, [0, 59])).toEqual(['ok', 60, 2]);
    for (const odd of [[0, 0], [59, 0], [0, 60], [0, 2 ** 53], [-1], [0.5], [Number.NaN]]) {
      const records = odd.map((index) => ({ index, leaf: leafHash('x') }));
      expect(await answer(proof, [], { records })).toEqual(['records_order', undefined]);
    }
  });

  it('names the tree that does not lead to its root', async () => {
    const [first, last] = [3, INDEX_SEGMENT + 5];
    const checkpoint = { origin, size: INDEX_SEGMENT + 20, root };
    const terms = { all: all(checkpoint.size), mine: [first, last] };
    const proof = await prove(checkpoint.size, terms, 'mine');
    const asked = (records: readonly number[]) => answer(proof, records, { checkpoint });
    expect(await asked([first, last])).toEqual(['ok', checkpoint.size, 2]);
    expect(await asked([last])).toEqual(['records_differ', 0]);
    expect(await asked([first])).toEqual(['records_differ', 1]);
    expect(await asked([first, last + 1])).toEqual(['records_differ', 1]);
  });

  it('shows that a term is not there by both its neighbours, side by side', async () => {
    const names = ['a', 'b', 'c', 'd', 'e'].sort((one, other) =>
      compareHashes(indexTermHash(one), indexTermHash(other)),
    );
    const terms = Object.fromEntries(names.map((name, at) => [name, [at]]));
    const without = (name: string) =>
      prove(60, Object.fromEntries(Object.entries(terms).filter(([one]) => one !== name)), name);
    for (const name of names) expect(await answer(await without(name), [])).toEqual(['ok', 60, 0]);
    const [least = '', , middle = '', , greatest = ''] = names;
    const changed = async (name: string, change: (proof: Absent) => object) => {
      const proof = await without(name);
      const [tree] = proof.trees;
      if (tree?.proof.kind !== 'absent') throw new Error('expected an absence proof');
      const other = { ...tree.proof, ...change(tree.proof) } as Absent;
      for (const side of ['left', 'right'] as const) {
        if (other[side] === undefined) delete (other as { left?: unknown; right?: unknown })[side];
      }
      return answer({ ...proof, trees: [{ ...tree, proof: other }] }, []);
    };
    const mismatch = ['tree_mismatch', 0];
    const gone = { left: undefined, right: undefined };
    for (const name of [least, middle, greatest]) {
      expect(await changed(name, () => ({}))).toEqual(['ok', 60, 0]);
      for (const position of [0, 1, 2, 3, 4, 5]) {
        const { proof } = (await without(name)).trees[0] as { proof: Absent };
        if (position === proof.position) continue;
        expect(await changed(name, () => ({ position }))).toEqual(mismatch);
        expect(await changed(name, () => ({ position, ...gone }))).toEqual(mismatch);
        expect(await changed(name, () => ({ position, left: undefined }))).toEqual(mismatch);
        expect(await changed(name, () => ({ position, right: undefined }))).toEqual(mismatch);
      }
      expect(await changed(name, () => gone)).toEqual(mismatch);
    }
    const swapped = ({ left, right }: Absent) => ({ left: right, right: left });
    expect(await changed(middle, swapped)).toEqual(mismatch);
    expect(await changed(middle, ({ right }) => ({ left: right }))).toEqual(mismatch);
    expect(await changed(middle, ({ left }) => ({ right: left }))).toEqual(mismatch);
    // A term that is there is not shown to be absent, whichever neighbours are named.
    const there = await prove(60, terms, middle);
    const [tree] = there.trees;
    const before = await without(names[1] ?? '');
    const [nearby] = before.trees;
    const neighbour = nearby?.proof.kind === 'absent' ? nearby.proof.left : undefined;
    if (tree === undefined || neighbour === undefined) throw new Error('expected neighbours');
    for (const position of [0, 1, 2, 3]) {
      const proof = { kind: 'absent' as const, position, left: neighbour, right: neighbour };
      expect(await answer({ ...there, trees: [{ ...tree, proof }] }, [])).toEqual(mismatch);
    }
  });
});
