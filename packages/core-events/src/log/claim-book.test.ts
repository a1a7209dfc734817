import {
  INDEX_SEGMENT,
  type IndexTreeHead,
  indexTermHash,
  leafHash,
  sha256,
  toHex,
  utf8,
} from '@spanforge/core-signing';
import { beforeEach, describe, expect, it } from 'vitest';
import { EventsError } from '../error.js';
import { aDraft, aLog, testSecret } from '../testing/fixtures.js';
import { createClaims } from './claims.js';
import type { SignedIndexHead } from './index/index-head.js';
import { writeTree } from './index/stored-tree.js';
import { treeEntry } from './index/tree-entry.js';
import { createJoin } from './joining.js';
import { createMemoryStore } from './memory-store.js';
import type { RecordKeys } from './record-keys.js';
import type { EvidenceStore, StoredRecord } from './store.js';
import { sameTaken, takenBy, takenIn } from './taken.js';
import { claimTerm } from './terms.js';

const PLAIN = utf8('{}');

/** A log of records without claims but for some, and what is read of it. */
function aStore(size: number, claims: Readonly<Record<number, string>> = {}) {
  const memory = createMemoryStore();
  const read: [from: number, count: number][] = [];
  const bytesAt = (index: number) => {
    const claim = claims[index];
    return claim === undefined ? PLAIN : utf8(JSON.stringify({ append: { claim } }));
  };
  const recordAt = (index: number): StoredRecord => {
    const bytes = bytesAt(index);
    return { index, bytes, leaf: leafHash(bytes) };
  };
  const state = { size, recordAt };
  const store: EvidenceStore = {
    ...memory,
    size: async () => state.size,
    async read(from, count) {
      read.push([from, count]);
      const known = Math.min(count, state.size - from);
      return Array.from({ length: known }, (_, at) => state.recordAt(from + at));
    },
  };
  return { store, read, state };
}

/** A signed tree over segments, with the terms of some claims. */
function aTree(store: EvidenceStore, first: number, end: number, ...claims: readonly string[]) {
  const hashes = [...claims.map(claimTerm), 'other'].map((one) => indexTermHash(one));
  const sorted = hashes.sort((a, b) => (toHex(a) < toHex(b) ? -1 : 1));
  const segment = { segment: first / INDEX_SEGMENT, digest: sha256('segment') };
  const entries = sorted.map((hash) => treeEntry(hash, [segment]));
  return writeTree(store, { first, end }, [entries]);
}

const headOf = (trees: readonly IndexTreeHead[], terms: 1 | 2 = 2) =>
  ({ terms, trees, size: 0, logRoot: PLAIN, note: '' }) as unknown as SignedIndexHead;

describe('whether a claim was taken', () => {
  it('is told by the bytes of every record, read once and some at a time', async () => {
    const { store, read, state } = aStore(600, { 0: 'first', 300: 'middle', 599: 'last' });
    const book = createClaims({ store, head: async () => undefined });
    for (const name of ['first', 'middle', 'last']) expect(await book.isTaken(name)).toBe(true);
    expect(await book.isTaken('none')).toBe(false);
    expect(read).toEqual([
      [0, 256],
      [256, 256],
      [512, 88],
    ]);
    state.size = 601;
    expect(await book.isTaken('none')).toBe(false);
    expect(read.slice(3)).toEqual([[600, 1]]);
  });

  it('is known of own records without reading them, and of others between them all the same', async () => {
    const { store, read } = aStore(10, { 4: 'other' });
    const book = createClaims({ store, head: async () => undefined });
    book.note(0, 3, 'own');
    book.note(6, 2, undefined);
    expect(await book.isTaken('own')).toBe(true);
    expect(read).toEqual([]);
    expect(await book.isTaken('other')).toBe(true);
    expect(await book.isTaken('none')).toBe(false);
    expect(read).toEqual([
      [3, 3],
      [8, 2],
    ]);
  });

  it('is not told by a record that is not the one of its leaf, nor without the records', async () => {
    const { store, state } = aStore(3, { 1: 'taken' });
    const { recordAt } = state;
    const asked = () => createClaims({ store, head: async () => undefined }).isTaken('taken');
    state.recordAt = (index) => ({ ...recordAt(index), leaf: leafHash(utf8('other')) });
    await expect(asked()).rejects.toMatchObject({
      code: 'EVENTS_RECORD_TAMPERED',
      message: expect.stringContaining('record 0: leaf_mismatch'),
      details: { index: 0, fault: 'leaf_mismatch' },
    });
    const missing = { ...store, read: async () => [] };
    const claims = createClaims({ store: missing, head: async () => undefined });
    await expect(claims.isTaken('taken')).rejects.toMatchObject({
      code: 'EVENTS_STORE_UNAVAILABLE',
      message: expect.stringContaining('records are missing'),
    });
  });
});

describe('the signed index', () => {
  const size = 2 * INDEX_SEGMENT + 5;
  const ahead = { [size - 1]: 'new' };

  it('tells it as far as it reaches; what is behind it is read', async () => {
    const { store, read } = aStore(size, { 7: 'in no tree', ...ahead });
    const first = await aTree(store, 0, INDEX_SEGMENT, 'one');
    const second = await aTree(store, INDEX_SEGMENT, 2 * INDEX_SEGMENT, 'two');
    const open = { ...second, first: 2 * INDEX_SEGMENT, end: size };
    const trees = [first, second, open];
    const book = createClaims({ store, head: async () => headOf(trees) });
    expect(await book.isTaken('one')).toBe(true);
    expect(await book.isTaken('two')).toBe(true);
    expect(read).toEqual([]);
    expect(await book.isTaken('in no tree')).toBe(false);
    expect(await book.isTaken('new')).toBe(true);
    expect(await book.isTaken('free')).toBe(false);
    expect(read).toEqual([[2 * INDEX_SEGMENT, 5]]);
  });

  it('is not asked for where it cannot reach, and not believed about terms it was not made of', async () => {
    const { store } = aStore(INDEX_SEGMENT, { 7: 'taken' });
    const never = async () => expect.fail('the head is read for nothing');
    const book = createClaims({ store, head: never });
    expect(await book.isTaken('taken')).toBe(true);
    expect(await book.isTaken('free')).toBe(false);
    const longer = aStore(INDEX_SEGMENT + 1, { 7: 'taken' });
    const tree = await aTree(longer.store, 0, INDEX_SEGMENT, 'false');
    const earlier = createClaims({ store: longer.store, head: async () => headOf([tree], 1) });
    expect(await earlier.isTaken('false')).toBe(false);
    expect(await earlier.isTaken('taken')).toBe(true);
    const without = createClaims({ store: longer.store, head: async () => undefined });
    expect(await without.isTaken('taken')).toBe(true);
  });

  it('is replaced by the bytes where a tree is damaged, for that tree alone', async () => {
    const { store, read } = aStore(size, { 7: 'old', [INDEX_SEGMENT + 7]: 'in no tree' });
    const damaged = await aTree(store, 0, INDEX_SEGMENT, 'old');
    const whole = await aTree(store, INDEX_SEGMENT, 2 * INDEX_SEGMENT, 'two');
    for (const key of await store.listDerived('index/page/')) {
      if (key.endsWith(`/${'0'.repeat(16)}/${'0'.repeat(16)}`)) {
        await store.putDerived([[key, new Uint8Array(3)]]);
      }
    }
    const head = async () => headOf([damaged, whole]);
    const book = createClaims({ store, head });
    expect(await book.isTaken('two')).toBe(true);
    expect(await book.isTaken('in no tree')).toBe(false);
    expect(read.map(([from]) => from)).not.toContain(INDEX_SEGMENT);
    expect(await createClaims({ store, head }).isTaken('old')).toBe(true);
  });

  it('is not replaced where it cannot be read at all', async () => {
    const { store } = aStore(size);
    const tree = await aTree(store, 0, INDEX_SEGMENT);
    for (const error of [new Error('disk'), new EventsError('EVENTS_STORE_UNAVAILABLE', 'disk')]) {
      const failing = { ...store, getDerived: async () => Promise.reject(error) };
      const book = createClaims({ store: failing, head: async () => headOf([tree]) });
      await expect(book.isTaken('x')).rejects.toBe(error);
    }
  });
});

describe('what a record says its append took', () => {
  let stored: readonly StoredRecord[];

  beforeEach(async () => {
    const store = createMemoryStore();
    const log = await aLog({ store });
    await log.append([aDraft(), aDraft()], { claim: 'c', idempotencyKey: 'k' });
    await log.append([aDraft()], { claim: 'alone' });
    await log.append([aDraft()]);
    stored = await store.read(0, 10);
  });

  it('is read from its bytes, as the store keeps it', async () => {
    const [claimed] = stored.map(takenBy).filter(({ key }) => key !== undefined);
    const first = stored.findIndex((one) => takenBy(one).key !== undefined);
    expect(claimed).toEqual({
      claim: { name: 'c', first },
      key: {
        key: expect.stringMatching(/^[0-9a-f]{64}$/),
        request: expect.stringMatching(/^[0-9a-f]{64}$/),
        ...{ first, count: 2 },
      },
    });
    expect(stored.slice(first + 1).map(takenBy)).toEqual([
      {},
      { claim: { name: 'alone', first: first + 2 } },
      {},
    ]);
  });

  it('is nothing where the bytes are no record', () => {
    for (const text of ['"append":{', '{"append":{"claim":"c"}}', 'no JSON "append":{']) {
      expect(takenBy({ index: 0, bytes: utf8(text) })).toEqual({});
    }
    expect(takenBy({ index: 0, bytes: Uint8Array.of(0xff) })).toEqual({});
  });

  it('is a key only where everything about it is there and can be read', () => {
    const digest = 'A'.repeat(43);
    const whole = { key: digest, request: digest, records: 2 };
    const key = { key: '0'.repeat(64), request: '0'.repeat(64), first: 5, count: 2 };
    expect(takenIn(5, whole)).toEqual({ key });
    expect(takenIn(5, { ...whole, claim: 'c' })).toEqual({ claim: { name: 'c', first: 5 }, key });
    for (const missing of ['key', 'request', 'records']) {
      const half = { ...whole, claim: 'c', [missing]: undefined };
      expect(takenIn(5, half)).toEqual({ claim: { name: 'c', first: 5 } });
    }
    expect(takenIn(5, { ...whole, key: '!' })).toEqual({});
    expect(takenIn(5, undefined)).toEqual({});
  });

  it('is the same as what the store keeps whatever the order of its members', () => {
    const row = { key: 'k', request: 'r', first: 1, count: 2 };
    expect(sameTaken(row, { count: 2, first: 1, request: 'r', key: 'k' })).toBe(true);
    expect(sameTaken(row, undefined)).toBe(false);
    for (const other of [{ key: 'x' }, { request: 'x' }, { first: 2 }, { count: 1 }]) {
      expect(sameTaken(row, { ...row, ...other })).toBe(false);
    }
    expect(sameTaken({ name: 'c', first: 1 }, { name: 'c', first: 2 })).toBe(false);
  });
});

describe('how an append joins the log', () => {
  const keysOf = (steady: RecordKeys['steady']) => ({ steady }) as RecordKeys;
  const unsigned = createJoin(keysOf(() => undefined));
  const signed = createJoin(keysOf((digest) => sha256(`${testSecret.kid}${toHex(digest)}`)));

  it('is by its claim as it is, and by its key where it has one', () => {
    expect(unsigned({}, 't')).toStrictEqual({});
    expect(unsigned({ claim: 'c' }, 't')).toStrictEqual({ claim: 'c' });
    expect(unsigned({ requestDigest: 'd' }, 't')).toStrictEqual({});
    const { idempotency, claim } = unsigned({ claim: 'c', idempotencyKey: 'k' }, 't');
    expect(claim).toBe('c');
    expect(idempotency?.key).toMatch(/^[0-9a-f]{64}$/);
    expect(idempotency?.request).toMatch(/^[0-9a-f]{64}$/);
    expect(unsigned({ idempotencyKey: 'k' }, 't')).toStrictEqual({ idempotency });
  });

  it('is another for another tenant, key, request or secret, and the same for the same', () => {
    const of = (join: typeof signed, key: string, request: string | undefined, tenant = 't') =>
      join(
        { idempotencyKey: key, ...(request !== undefined && { requestDigest: request }) },
        tenant,
      ).idempotency;
    const one = of(signed, 'k', 'd');
    expect(of(signed, 'k', 'd')).toEqual(one);
    expect(of(signed, 'k', 'e')).toEqual({ key: one?.key, request: expect.any(String) });
    const all = [
      one,
      of(signed, 'k', 'd', 'u'),
      of(signed, 'l', 'd'),
      of(signed, 'k', 'e'),
      of(signed, 'k', undefined),
      of(unsigned, 'k', 'd'),
    ];
    // Equal requests under two keys do not look equal.
    expect(new Set(all.map((each) => each?.request)).size).toBe(all.length);
    expect(new Set(all.map((each) => each?.key)).size).toBe(4);
  });

  it('is kept for as long as the log lives', () => {
    const pinned = unsigned({ idempotencyKey: 'k', requestDigest: 'd' }, 't');
    const bare = unsigned({ idempotencyKey: 'k' }, 't');
    expect(bare.idempotency?.request).toBe(
      'e11463ad6dc08840db958477212582f65d564ebc555bca79e828f95434af2a0f',
    );
    expect(pinned).toEqual({
      idempotency: {
        key: '51c99ba1acb43902f3eeb472df0eef24cab590c957094e4e79fdab12e2f76bbb',
        request: '535312d792491ae91f09f05e6d0cceffcb01ddb22031148f078b91e04c3c4c57',
      },
    });
  });

  it.each([
    ['idempotencyKey', 65_536],
    ['requestDigest', 65_536],
    ['claim', 512],
  ])('is by texts that are neither empty nor long: %s', (name, most) => {
    const join = (value: unknown) => unsigned({ idempotencyKey: 'k', [name]: value } as never, 't');
    expect(() => join('x'.repeat(most))).not.toThrow();
    expect(() => join(undefined)).not.toThrow();
    for (const wrong of ['', 'x'.repeat(most + 1), 5, null, ['c']]) {
      expect(() => join(wrong)).toThrowError(
        expect.objectContaining({
          code: 'EVENTS_OPTIONS_INVALID',
          message: expect.stringContaining(`${name}: expected 1 to ${most} characters`),
          details: { path: `$.${name}` },
        }),
      );
    }
  });
});
