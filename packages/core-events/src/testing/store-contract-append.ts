import type { StoreGroup } from '../log/store.js';
import {
  aStoreGroup,
  aStoreRecord,
  codeOf,
  type StoreContractOptions,
  withStore,
} from './store-contract.js';

function numbers(count: number): readonly number[] {
  return Array.from({ length: count }, (_, at) => at);
}

function concurrencyContract(options: StoreContractOptions): void {
  const { it, expect } = options;
  it('keeps the order of calls that overlap, and of groups in a call', () =>
    withStore(options, async ({ store }) => {
      const results = await Promise.all(
        numbers(50).map((n) => store.append([aStoreGroup(n * 2), aStoreGroup(n * 2 + 1)])),
      );
      const expected = numbers(100).map((first) => ({ status: 'stored', first }));
      expect(results.flat()).toEqual(expected);
      const texts = (await store.read(0, 100)).map(({ bytes }) => new TextDecoder().decode(bytes));
      expect(texts).toEqual(numbers(100).map((n) => `record ${n}`));
    }));

  it('stores one record for a hundred appends under one key', () =>
    withStore(options, async ({ store }) => {
      const group = aStoreGroup(1, { idempotency: { key: 'same', request: 'r' } });
      const results = (await Promise.all(numbers(100).map(() => store.append([group])))).flat();
      expect(results.filter(({ status }) => status === 'stored').length).toEqual(1);
      expect(results.filter(({ status }) => status === 'duplicate').length).toEqual(99);
      expect(await store.size()).toEqual(1);
    }));

  it('gives a claim to one of many, and the others the index of its group', () =>
    withStore(options, async ({ store }) => {
      const groups: StoreGroup[] = numbers(20).map((n) => aStoreGroup(n, { claim: 'approval-1' }));
      const results = (await Promise.all(groups.map((group) => store.append([group])))).flat();
      expect(results).toEqual([
        { status: 'stored', first: 0 },
        ...numbers(19).map(() => ({ status: 'claimed', by: 0 })),
      ]);
    }));
}

function extentContract(options: StoreContractOptions): void {
  const { it, expect } = options;
  it('keeps records and disclosures of the largest size', () =>
    withStore(options, async ({ store }) => {
      const bytes = new Uint8Array(65_535).fill(7);
      const encoded = 'A'.repeat(1024 * 1024);
      const disclosures = [
        { name: 'args', digest: 'd1', encoded },
        { name: 'result', digest: 'd2', encoded: 'short' },
      ];
      const term = `trace:${'é'.repeat(297)}`;
      await store.append([{ records: [aStoreRecord(0, { bytes, disclosures, terms: [term] })] }]);
      const [found] = await store.find({ terms: [term], from: 0, limit: 1 });
      expect(found?.bytes.length).toEqual(65_535);
      expect(found?.bytes.every((byte) => byte === 7)).toEqual(true);
      expect(await store.disclosures(0)).toEqual(disclosures);
    }));

  it('evicts nothing: the 10,001st record stands beside the first', () =>
    withStore(options, async ({ store }) => {
      for (let at = 0; at < 10_001; at += 1250) {
        const records = numbers(Math.min(1250, 10_001 - at)).map((n) =>
          aStoreRecord(at + n, { terms: ['all', `n:${at + n}`] }),
        );
        await store.append([{ records }]);
      }
      expect(await store.size()).toEqual(10_001);
      expect((await store.leaves(0, 20_000)).length).toEqual(10_001 * 32);
      const find = (term: string) => store.find({ terms: ['all', term], from: 0, limit: 2 });
      expect((await find('n:0')).map(({ index }) => index)).toEqual([0]);
      expect((await find('n:10000')).map(({ index }) => index)).toEqual([10_000]);
    }));

  it('takes no index for a group that is left out', () =>
    withStore(options, async ({ store }) => {
      const idempotency = { key: 'k', request: 'r' };
      await store.append([aStoreGroup(0, { idempotency, claim: 'c' })]);
      const results = await store.append([
        aStoreGroup(1, { idempotency, claim: 'c' }),
        aStoreGroup(2, { idempotency: { key: 'k', request: 'other' } }),
        aStoreGroup(3),
        aStoreGroup(4, { claim: 'c' }),
        aStoreGroup(5),
      ]);
      expect(results).toEqual([
        { status: 'duplicate', first: 0, count: 1 },
        { status: 'conflict' },
        { status: 'stored', first: 1 },
        { status: 'claimed', by: 0 },
        { status: 'stored', first: 2 },
      ]);
      expect(await store.append([])).toEqual([]);
    }));
}

function closingContract(options: StoreContractOptions): void {
  const { it, expect } = options;
  it('settles appends under way, then refuses every call', () =>
    withStore(options, async ({ store }) => {
      const underWay = store.append([aStoreGroup(0)]);
      const closed = store.close();
      expect(await underWay).toEqual([{ status: 'stored', first: 0 }]);
      await closed;
      await store.close();
      const calls = [
        store.size(),
        store.append([aStoreGroup(1)]),
        store.read(0, 1),
        store.leaves(0, 1),
        store.find({ terms: [], from: 0, limit: 1 }),
        store.disclosures(0),
        store.getDerived('a'),
        store.putDerived([['a', new Uint8Array(1)]]),
        store.listDerived(''),
        store.lease('a', 'b', 0, 1),
      ];
      expect(await Promise.all(calls.map(codeOf))).toEqual(
        calls.map(() => 'EVENTS_STORE_UNAVAILABLE'),
      );
    }));
}

/** Order, keys, claims, sizes and closing. */
export function appendContract(options: StoreContractOptions): void {
  concurrencyContract(options);
  extentContract(options);
  closingContract(options);
}
