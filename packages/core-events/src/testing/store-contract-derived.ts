import { type StoreContractOptions, withStore } from './store-contract.js';

function derivedContract(options: StoreContractOptions): void {
  const { fc, it, expect, persistent, runs = 40 } = options;
  const key = fc.string({
    unit: fc.constantFrom('a', 'b', '/', 'é', '\ue000', '😀'),
    maxLength: 4,
  });
  const entry = fc.tuple(key, fc.uint8Array({ maxLength: 20 }));
  const batches = fc.array(fc.array(entry, { maxLength: 5 }), { maxLength: 4 });
  const property = fc.asyncProperty(batches, fc.array(key), (all, prefixes) =>
    withStore(options, async (under) => {
      const expected = new Map<string, Uint8Array>();
      for (const entries of all) {
        await under.store.putDerived(entries);
        for (const [name, value] of entries) expected.set(name, value);
      }
      const store = persistent ? await under.reopen() : under.store;
      for (const prefix of ['', ...prefixes]) {
        const names = [...expected.keys()].filter((name) => name.startsWith(prefix)).sort();
        expect(await store.listDerived(prefix)).toEqual(names);
      }
      for (const [name, value] of expected) {
        expect(Array.from((await store.getDerived(name)) ?? [])).toEqual(Array.from(value));
      }
      expect(await store.getDerived('never put')).toEqual(undefined);
    }),
  );
  it('replaces and lists derived values', () => fc.assert(property, { numRuns: runs }));

  it('keeps the value as it was when it was put', () =>
    withStore(options, async ({ store }) => {
      const value = Uint8Array.of(1, 2, 3);
      const put = store.putDerived([['a', value]]);
      value.fill(9);
      await put;
      expect(Array.from((await store.getDerived('a')) ?? [])).toEqual([1, 2, 3]);
    }));
}

function leaseContract(options: StoreContractOptions): void {
  const { it, expect, persistent, shared = persistent } = options;
  it('gives a lease to one holder until it runs out', () =>
    withStore(options, async (under) => {
      const { store } = under;
      expect(await store.lease('signer', 'a', 1000, 500)).toEqual(true);
      expect(await store.lease('signer', 'b', 1400, 500)).toEqual(false);
      expect(await store.lease('other', 'b', 1400, 500)).toEqual(true);
      expect(await store.lease('signer', 'a', 1400, 500)).toEqual(true);
      expect(await store.lease('signer', 'b', 1899, 500)).toEqual(false);
      expect(await store.lease('signer', 'b', 1900, 500)).toEqual(true);
      const after = persistent ? await under.reopen() : store;
      expect(await after.lease('signer', 'a', 2000, 500)).toEqual(false);
    }));

  it('gives a contested lease to exactly one', () =>
    withStore(options, async (under) => {
      const stores = shared ? [under.store, await under.another()] : [under.store];
      const asked = Array.from({ length: 10 }, (_, at) =>
        stores[at % stores.length]!.lease('signer', `holder-${at}`, 1000, 500),
      );
      expect((await Promise.all(asked)).filter(Boolean).length).toEqual(1);
    }));
}

/** Derived values and leases. */
export function derivedAndLeaseContract(options: StoreContractOptions): void {
  derivedContract(options);
  leaseContract(options);
}
