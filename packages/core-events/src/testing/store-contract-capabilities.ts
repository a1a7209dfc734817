import type {
  EvidenceStore,
  StoreErasure,
  StoreLeases,
  StorePostings,
  StoreTaken,
  StoreTerms,
} from '../log/store.js';
import {
  aStoreGroup,
  aStoreRecord,
  type StoreContractOptions,
  withStore,
} from './store-contract.js';

type Under = EvidenceStore &
  Partial<StoreTaken & StoreTerms & StorePostings & StoreLeases & StoreErasure>;

function takenContract(options: StoreContractOptions): void {
  const { it, expect, persistent } = options;
  it('shows which claims and keys are taken, and replaces them, where it can', () =>
    withStore(options, async (under) => {
      const store: Under = under.store;
      if (!store.findTaken || !store.listClaims || !store.listKeys || !store.replaceTaken) return;
      const idempotency = (n: number) => ({ key: `k${n}`, request: `r${n}` });
      for (let n = 0; n < 5; n += 1) {
        await store.append([aStoreGroup(n, { claim: `c${n}`, idempotency: idempotency(n) })]);
      }
      expect(await store.findTaken(['c3', 'free'], ['free', 'k1'])).toEqual({
        claims: [{ name: 'c3', first: 3 }, undefined],
        keys: [undefined, { key: 'k1', request: 'r1', first: 1, count: 1 }],
      });
      const names: string[] = [];
      for (let after = '', more = true; more; ) {
        const page = await store.listClaims(after, 2);
        names.push(...page.map(({ name }) => name));
        after = page.at(-1)?.name ?? '';
        more = page.length === 2;
      }
      expect(names.sort()).toEqual(['c0', 'c1', 'c2', 'c3', 'c4']);
      expect((await store.listKeys('', 10)).length).toEqual(5);
      await store.replaceTaken({
        claims: [{ name: 'c9', first: 0 }],
        keys: [{ key: 'k1', request: 'other', first: 1, count: 1 }],
        withoutClaims: ['c0'],
        withoutKeys: ['k0'],
      });
      const after = persistent ? await under.reopen() : store;
      expect(
        await after.append([
          aStoreGroup(5, { claim: 'c0' }),
          aStoreGroup(6, { claim: 'c9' }),
          aStoreGroup(7, { idempotency: idempotency(0) }),
          aStoreGroup(8, { idempotency: idempotency(1) }),
        ]),
      ).toEqual([
        { status: 'stored', first: 5 },
        { status: 'claimed', by: 0 },
        { status: 'stored', first: 6 },
        { status: 'conflict' },
      ]);
    }));
}

function termsContract(options: StoreContractOptions): void {
  const { it, expect, persistent } = options;
  it('says and replaces what records are found by, where it can', () =>
    withStore(options, async (under) => {
      const store: Under = under.store;
      if (!store.readTerms || !store.replaceTerms) return;
      const records = [0, 1, 2, 3].map((n) => aStoreRecord(n, { terms: ['all', `n:${n}`] }));
      await store.append([{ records: records.slice(0, 3) }, { records: records.slice(3) }]);
      await store.replaceTerms(1, [['one', 'one'], [], ['all', 'three']]);
      const after: Under = persistent ? await under.reopen() : store;
      const terms = (await after.readTerms?.(0, 10)) ?? [];
      expect(terms.map((each) => [...each].sort())).toEqual([
        ['all', 'n:0'],
        ['one'],
        [],
        ['all', 'three'],
      ]);
      const indexes = async (term: string) =>
        (await after.find({ terms: [term], from: 0, limit: 10 })).map(({ index }) => index);
      expect([await indexes('all'), await indexes('one'), await indexes('n:3')]).toEqual([
        [0, 3],
        [1],
        [],
      ]);
    }));
}

function postingsContract(options: StoreContractOptions): void {
  const { it, expect } = options;
  it('shows its index over some records, where it can', () =>
    withStore(options, async (under) => {
      const store: Under = under.store;
      if (!store.postings) return;
      const records = [0, 1, 2, 3, 4].map((n) =>
        aStoreRecord(n, { terms: ['all', n % 2 === 0 ? 'even' : 'odd:one', `n:${n}`] }),
      );
      await store.append([{ records: records.slice(0, 3) }]);
      await store.append([{ records: records.slice(3) }]);
      expect(new Map(await store.postings(1, 3))).toEqual(
        new Map([
          ['all', [1, 2, 3]],
          ['even', [2]],
          ['odd:one', [1, 3]],
          ['n:1', [1]],
          ['n:2', [2]],
          ['n:3', [3]],
        ]),
      );
      expect((await store.postings(0, 100)).get('all')).toEqual([0, 1, 2, 3, 4]);
      expect((await store.postings(5, 10)).size).toEqual(0);
    }));
}

function leasesContract(options: StoreContractOptions): void {
  const { it, expect, persistent } = options;
  it('shows leases and takes one away, where it can', () =>
    withStore(options, async (under) => {
      const store: Under = under.store;
      if (!store.listLeases || !store.breakLease) return;
      await store.lease('signer', 'a', 1000, 500);
      expect(await store.listLeases()).toEqual([{ name: 'signer', holder: 'a', untilMs: 1500 }]);
      expect(await store.lease('signer', 'b', 1100, 500)).toEqual(false);
      expect(await store.breakLease('signer')).toEqual(true);
      expect(await store.breakLease('signer')).toEqual(false);
      const after: Under = persistent ? await under.reopen() : store;
      expect(await after.listLeases?.()).toEqual([]);
      expect(await after.lease('signer', 'b', 1100, 500)).toEqual(true);
    }));
}

function erasureContract(options: StoreContractOptions): void {
  const { it, expect, persistent } = options;
  it('takes disclosures away for good and leaves the records, where it can', () =>
    withStore(options, async (under) => {
      const store: Under = under.store;
      if (!store.eraseDisclosures) return;
      // Of four records in two groups; large values may be stored separately from small ones.
      const said = (n: number, size = 40) => ({
        ...{ name: 'args', digest: `digest-${n}` },
        encoded: `${n}`.repeat(size),
      });
      const large = 1_200_000;
      const records = [[said(1), said(2)], [said(3, large)], [said(4)], [said(5, large)]].map(
        (disclosures, n) => aStoreRecord(n, { disclosures }),
      );
      await store.append([{ records: records.slice(0, 3) }, { records: records.slice(3) }]);
      const before = [await store.read(0, 4), await store.leaves(0, 4)];
      expect(await store.eraseDisclosures([0, 1, 99])).toEqual(3);
      expect(await store.eraseDisclosures([0, 1])).toEqual(0);
      const after: Under = persistent ? await under.reopen() : store;
      const names = async (index: number) =>
        (await after.disclosures(index)).map(({ digest, encoded }) => [digest, encoded.length]);
      expect([await names(0), await names(1), await names(2), await names(3)]).toEqual([
        [],
        [],
        [['digest-4', 40]],
        [['digest-5', large]],
      ]);
      expect([await after.read(0, 4), await after.leaves(0, 4)]).toEqual(before);
      expect((await after.find({ terms: ['n:0'], from: 0, limit: 1 })).length).toEqual(1);
      expect(await after.eraseDisclosures?.([2, 3])).toEqual(2);
      expect(await names(3)).toEqual([]);
    }));
}

/** Optional capabilities; a driver that lacks them passes. */
export function capabilitiesContract(options: StoreContractOptions): void {
  takenContract(options);
  termsContract(options);
  postingsContract(options);
  leasesContract(options);
  erasureContract(options);
}
