import { INDEX_SEGMENT } from '@spanforge/core-signing';
import { describe, expect, it } from 'vitest';
import { createMemoryMark } from '../high-water-mark.js';
import { createMemoryStore } from '../memory-store.js';
import type { EvidenceStore } from '../store.js';
import { readIndexHead } from './index-head.js';
import { createTermBook } from './term-book.js';
import { createSigner, grow as growBy, logKey, origin } from './test-index.js';

const runOf = (index: number): string => `r${Math.floor(index / 3)}`;

const grow = (store: EvidenceStore, size: number) =>
  growBy(store, size, (index) => ({ run: runOf(index), type: 'x.y.v1' }));

/** A store that counts what is read of the index, and can be given other values. */
async function setUp(size: number) {
  const inner = createMemoryStore();
  const changed = new Map<string, Uint8Array | undefined>();
  let reads = 0;
  const store: EvidenceStore = {
    ...inner,
    async getDerived(key) {
      if (key.startsWith('index/page/')) reads += 1;
      return changed.has(key) ? changed.get(key) : inner.getDerived(key);
    },
  };
  const mark = createMemoryMark();
  const sign = () => createSigner(store, mark).checkpoint();
  await grow(store, size);
  await sign();
  const book = () => createTermBook({ store, head: () => readIndexHead(store, origin, logKey) });
  const pages = async () => (await store.listDerived('index/page/')).length;
  return { store, sign, book, changed, pages, reads: () => reads };
}

const segmentsOf = (found: { readonly segments: readonly { readonly segment: number }[] }) =>
  found.segments.map(({ segment }) => segment);

describe('terms in the signed index', () => {
  it('finds each run where its records are, and no other', async () => {
    const size = INDEX_SEGMENT * 5 + 100;
    const { book } = await setUp(size);
    const terms = book();
    for (let run = 0; run * 3 < INDEX_SEGMENT * 5; run += 211) {
      const indexes = [run * 3, run * 3 + 1, run * 3 + 2];
      const segments = new Set(indexes.map((index) => Math.floor(index / INDEX_SEGMENT)));
      segments.delete(5);
      expect(segmentsOf(await terms.find(`run:r${run}`, size)), `r${run}`).toEqual([...segments]);
    }
    for (let absent = 0; absent < 1000; absent += 1) {
      expect(segmentsOf(await terms.find(`run:absent-${absent}`, size))).toEqual([]);
    }
    expect(await terms.end(size)).toBe(INDEX_SEGMENT * 5);
  }, 60_000);

  it('reads each page about once, however many runs are new', async () => {
    const size = INDEX_SEGMENT * 2;
    const { book, pages, reads } = await setUp(size);
    const terms = book();
    for (let at = 0; at < 5000; at += 1) await terms.find(`run:new-${at}`, size);
    // Hashes between the last term of a page and the first of the next are looked up in both.
    expect(reads()).toBeLessThan((await pages()) + 5000 * (2 / 256) * 4);
  }, 60_000);

  it('does not read what the signer of the same process has written', async () => {
    const { store, sign, book, reads } = await setUp(INDEX_SEGMENT);
    const terms = book();
    await grow(store, INDEX_SEGMENT * 3);
    await sign();
    const before = reads();
    // The first segment was signed before the book was there.
    await terms.find('run:absent', INDEX_SEGMENT * 3);
    expect(reads() - before).toBeLessThanOrEqual(2);
  }, 60_000);

  it('follows the heads that are signed, and keeps to the newer one', async () => {
    const { store, sign, book } = await setUp(INDEX_SEGMENT + 10);
    const terms = book();
    const run = `run:${runOf(INDEX_SEGMENT + 300)}`;
    expect(await terms.find(run, INDEX_SEGMENT + 10)).toEqual({ end: INDEX_SEGMENT, segments: [] });
    await grow(store, INDEX_SEGMENT * 2 + 10);
    await sign();
    const found = await terms.find(run, INDEX_SEGMENT * 2 + 10);
    expect([found.end, segmentsOf(found)]).toEqual([INDEX_SEGMENT * 2, [1]]);
    const later = await terms.find(run, INDEX_SEGMENT * 2 + 10, INDEX_SEGMENT * 2);
    expect(segmentsOf(later)).toEqual([]);
  }, 60_000);

  it('says so when a page or a tree is another one, for runs that are new as well', async () => {
    const { store, book, changed } = await setUp(INDEX_SEGMENT);
    const refused = { code: 'EVENTS_INDEX_INCOMPLETE' };
    for (const key of await store.listDerived('index/page/')) changed.set(key, undefined);
    await expect(book().find('run:absent', INDEX_SEGMENT)).rejects.toMatchObject(refused);
    changed.clear();
    const [tree = ''] = await store.listDerived('index/tree/');
    const bytes = Uint8Array.from((await store.getDerived(tree)) ?? []);
    bytes[50] = (bytes[50] ?? 0) ^ 1;
    changed.set(tree, bytes);
    await expect(book().find('run:absent', INDEX_SEGMENT)).rejects.toMatchObject(refused);
  }, 60_000);

  it('never says that a run is absent because first terms of pages were changed', async () => {
    const { store, book, changed } = await setUp(INDEX_SEGMENT);
    const [tree = ''] = await store.listDerived('index/tree/');
    const head = Uint8Array.from((await store.getDerived(tree)) ?? []);
    // First terms stand beside the roots of pages and are not signed themselves.
    for (let line = 8; line < head.length; line += 64) head.fill(line % 251, line, line + 32);
    changed.set(tree, head);
    for (let run = 0; run < 200; run += 1) {
      const found = await book()
        .find(`run:r${run}`, INDEX_SEGMENT)
        .then(segmentsOf, ({ code }) => code);
      expect([[0], 'EVENTS_INDEX_INCOMPLETE']).toContainEqual(found);
    }
  }, 60_000);

  it('knows nothing of a log without signed segments', async () => {
    const { book } = await setUp(100);
    expect(await book().find('run:r1', 100)).toEqual({ end: 0, segments: [] });
  });
});
