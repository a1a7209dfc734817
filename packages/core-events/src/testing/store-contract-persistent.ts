import { aStoreGroup, type StoreContractOptions, withStore } from './store-contract.js';

/** What drivers that open one log more than once at a time must also hold. */
export function persistentContract(options: StoreContractOptions): void {
  const { it, expect } = options;
  it('gives contiguous indexes to two stores that append to one log at once', () =>
    withStore(options, async ({ store, another }) => {
      const second = await another();
      const appends = Array.from({ length: 60 }, (_, n) =>
        (n % 2 === 0 ? store : second).append([aStoreGroup(n), aStoreGroup(1000 + n)]),
      );
      const firsts = (await Promise.all(appends))
        .flat()
        .map((result) => (result.status === 'stored' ? result.first : -1));
      const expected = Array.from({ length: 120 }, (_, at) => at);
      expect([...firsts].sort((a, b) => a - b)).toEqual(expected);
      const seen = (await second.read(0, 200)).map(({ bytes }) => new TextDecoder().decode(bytes));
      expect(new Set(seen).size).toEqual(120);
      expect((await store.read(0, 200)).length).toEqual(120);
    }));

  it('shows what another store appended, at once', () =>
    withStore(options, async ({ store, another }) => {
      const second = await another();
      const idempotency = { key: 'k', request: 'r' };
      await store.append([aStoreGroup(0, { idempotency, claim: 'c' })]);
      expect(await second.size()).toEqual(1);
      expect(
        await second.append([aStoreGroup(1, { idempotency }), aStoreGroup(2, { claim: 'c' })]),
      ).toEqual([
        { status: 'duplicate', first: 0, count: 1 },
        { status: 'claimed', by: 0 },
      ]);
      await second.putDerived([['tile/0', Uint8Array.of(1)]]);
      expect(await store.listDerived('tile/')).toEqual(['tile/0']);
    }));
}
