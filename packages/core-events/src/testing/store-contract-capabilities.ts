import { hashBlock, importMacKey } from '@spanforge/core-signing';
import type {
  EvidenceStore,
  StoreBlockKey,
  StoreBlocks,
  StoredRecord,
  StoreErasure,
  StoreGroup,
  StoreLeases,
  StoreRows,
  StoreTaken,
  StoreTermComparison,
  StoreTerms,
  StoreTimes,
  TermColumns,
} from '../log/store.js';
import { recordIn } from '../log/stored-rows.js';
import {
  aStoreGroup,
  aStoreRecord,
  codeOf,
  type StoreContractOptions,
  withStore,
} from './store-contract.js';

type Under = EvidenceStore &
  Partial<
    StoreTaken &
      StoreTerms &
      StoreTimes &
      StoreTermComparison &
      StoreRows &
      StoreLeases &
      StoreErasure &
      StoreBlocks
  >;

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

  it('says and replaces the times by which records are found, where it can', () =>
    withStore(options, async (under) => {
      const store: Under = under.store;
      if (!store.readTimes || !store.replaceTimes) return;
      const records = [0, 1, 2, 3].map((n) => aStoreRecord(n, { timeMs: 1000 + n }));
      await store.append([{ records: records.slice(0, 3) }, { records: records.slice(3) }]);
      expect([...(await store.readTimes(1, 3))]).toEqual([1001, 1002, 1003]);
      await store.replaceTimes(2, Float64Array.of(5, 6));
      const after: Under = persistent ? await under.reopen() : store;
      expect([...((await after.readTimes?.(0, 4)) ?? [])]).toEqual([1000, 1001, 5, 6]);
      const early = await after.find({ terms: [], from: 0, limit: 10, toTimeMs: 1000 });
      expect(early.map(({ index }) => index)).toEqual([2, 3]);
    }));
}

/** The terms of records in columns. */
function columnsOf(first: number, records: readonly (readonly string[])[]): TermColumns {
  const terms = [...new Set(records.flat())];
  const ids = records.flatMap((each) => each.map((term) => terms.indexOf(term)));
  let end = 0;
  const ends = records.map((each) => {
    end += each.length;
    return end;
  });
  return { first, terms, ids: Uint32Array.from(ids), ends: Uint32Array.from(ends) };
}

function comparisonContract(options: StoreContractOptions): void {
  const { it, expect } = options;
  it('compares its index with the terms of many records, where it can', () =>
    withStore(options, async (under) => {
      const store: Under = under.store;
      if (!store.hasTerms) return;
      const given = [
        ['all', 'even', 'n:0'],
        ['all', 'odd:one', 'n:1'],
        ['n:2', 'even', 'all'],
        [],
        // Sorted by code units the second comes first, by UTF-8 the first.
        ['all', 'n:\uff5e', 'n:\u{1f600}'],
      ];
      const records = given.map((terms, n) => aStoreRecord(n, { terms }));
      await store.append([{ records: records.slice(0, 3) }]);
      await store.append([{ records: records.slice(3) }]);
      const has = (first: number, terms: readonly (readonly string[])[]) =>
        store.hasTerms?.(columnsOf(first, terms));
      expect([await has(0, given), await has(0, given.slice(0, 3))]).toEqual([true, true]);
      expect(await has(3, given.slice(3))).toEqual(true);
      const others = [
        [...given, ['all']],
        given.with(3, ['all']),
        given.with(1, ['all', 'n:1']),
        given.with(1, ['all', 'odd:one', 'n:3']),
        given.with(0, ['all', 'n:0']).with(2, ['all', 'n:2']),
        given.with(0, ['even', 'n:0']).with(3, ['all']),
      ];
      for (const one of others) expect(await has(0, one)).toEqual(false);
      expect(await has(1, given.slice(0, 3))).toEqual(false);
      // Records that are kept together with the next ones: a driver may not be able to tell.
      if (await has(0, given.slice(0, 2))) expect(await has(0, given.slice(1, 3))).toEqual(false);
    }));
}

function rowsContract(options: StoreContractOptions): void {
  const { it, expect } = options;
  it('hands out the records it keeps together, where it can', () =>
    withStore(options, async (under) => {
      const store: Under = under.store;
      if (!store.rows) return;
      const mac = { kid: 'k2', tag: new Uint8Array(32).fill(7) };
      const records = [0, 1, 2, 3, 4].map((n) =>
        aStoreRecord(n, n === 1 ? { mac: { ...mac, kid: 'k1' } } : n === 2 ? { mac } : {}),
      );
      await store.append([{ records: records.slice(0, 3) }]);
      await store.append([{ records: records.slice(3) }]);
      const found: StoredRecord[] = [];
      for (let rows = await store.rows(0, 1); rows.length > 0; ) {
        for (const row of rows) {
          expect(row.first).toEqual(found.length);
          expect([row.ends.length, row.ends.at(-1)]).toEqual([row.count, row.bytes.length]);
          for (let at = 0; at < row.count; at += 1) found.push(recordIn(row, at));
        }
        rows = await store.rows(found.length, 100);
      }
      const plain = ({ index, bytes, leaf, mac }: StoredRecord) => ({
        ...{ index, bytes: [...bytes], leaf: [...leaf] },
        ...(mac && { kid: mac.kid, tag: [...mac.tag] }),
      });
      expect(found.map(plain)).toEqual((await store.read(0, 100)).map(plain));
      expect(found.length).toEqual(5);
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

/** Records as a block, for keys of two tenants; the second record is not signed. */
function aBlock(groups: readonly StoreGroup[]) {
  const records = groups.flatMap((group) => group.records);
  let end = 1;
  const ends = Uint32Array.from(records, ({ bytes }) => {
    end += bytes.length;
    return end;
  });
  const bytes = new Uint8Array(end);
  for (const [at, record] of records.entries()) {
    bytes.set(record.bytes, (ends[at] ?? 0) - record.bytes.length);
  }
  const signedBy = Uint32Array.from(records, (_, at) => (at === 1 ? 0 : 1 + (at % 2)));
  return { bytes, ends, signedBy, groups };
}

/** The same records with the leaves and HMACs that the block's keys make. */
function hashed(groups: readonly StoreGroup[], keys: readonly StoreBlockKey[]): StoreGroup[] {
  const { signedBy, ...block } = aBlock(groups);
  const { leaves, tags } = hashBlock({ ...block, signedBy }, keys.map(importMacKey));
  let at = -1;
  return groups.map((group) => ({
    ...group,
    records: group.records.map((record) => {
      at += 1;
      const [from, to] = [at * 32, at * 32 + 32];
      const kid = keys[(signedBy[at] ?? 0) - 1]?.kid;
      const mac = kid === undefined ? {} : { mac: { kid, tag: tags.slice(from, to) } };
      return { ...record, leaf: leaves.slice(from, to), ...mac };
    }),
  }));
}

function blocksContract(options: StoreContractOptions): void {
  const { it, expect, persistent } = options;
  it('stores blocks as it stores records, where it can', () =>
    withStore(options, async (one) =>
      withStore(options, async (two) => {
        const { blocks }: Under = one.store;
        if (!blocks) return;
        expect(blocks.insteadOf === one.store.append).toEqual(true);
        const keys = [1, 2].map((n) => ({ kid: 'k', secret: new Uint8Array(32).fill(n) }));
        const idempotency = { key: 'k', request: 'r' };
        const disclosures = [{ name: 'args', digest: 'd', encoded: 'e' }];
        const groups: readonly StoreGroup[] = [
          { records: [aStoreRecord(0), aStoreRecord(1, { disclosures })], claim: 'c', idempotency },
          { records: [aStoreRecord(2)], claim: 'c' },
          { records: [aStoreRecord(3)], idempotency },
          { records: [aStoreRecord(4, { terms: ['n:4', 'all'] }), aStoreRecord(5)] },
          { records: [aStoreRecord(6)], idempotency: { key: 'k', request: 'other' } },
        ];
        const whole = hashed(groups, keys);
        for (let round = 0; round < 2; round += 1) {
          const { results, leaves } = await blocks.append(aBlock(groups), keys);
          expect(results).toEqual(await two.store.append(whole));
          const made = whole.flatMap(({ records }) => records.flatMap(({ leaf }) => [...leaf]));
          expect([...leaves]).toEqual(made);
        }
        const [left, right] = persistent
          ? [await one.reopen(), await two.reopen()]
          : [one.store, two.store];
        expect(await left.size()).toEqual(6);
        expect(await left.read(0, 10)).toEqual(await right.read(0, 10));
        expect(await left.leaves(0, 10)).toEqual(await right.leaves(0, 10));
        expect(await left.disclosures(1)).toEqual(disclosures);
        const query = { terms: ['n:4', 'all'], from: 0, limit: 10 };
        expect((await left.find(query)).map(({ index }) => index)).toEqual([2, 4]);
        const missing = { ...aBlock(groups), signedBy: new Uint32Array(1) };
        const refused = await codeOf(
          Promise.resolve((left as Under).blocks?.append(missing, keys)),
        );
        expect(refused).toEqual('EVENTS_STORE_INVALID');
        expect(await left.size()).toEqual(6);
      }),
    ));
}

/** Optional capabilities; a driver that lacks them passes. */
export function capabilitiesContract(options: StoreContractOptions): void {
  takenContract(options);
  termsContract(options);
  comparisonContract(options);
  rowsContract(options);
  leasesContract(options);
  erasureContract(options);
  blocksContract(options);
}
