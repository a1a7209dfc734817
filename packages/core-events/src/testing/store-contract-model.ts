import { leafHash } from '@spanforge/core-signing';
import type {
  EvidenceStore,
  StoreGroup,
  StoreLeafHashing,
  StoreManyDisclosures,
  StoreQuery,
} from '../log/store.js';
import { groupArbitrary, queryArbitrary } from './store-arbitraries.js';
import { type StoreContractOptions, withStore } from './store-contract.js';
import { createStoreModel, type StoreModel } from './store-model.js';

type Step =
  | { readonly kind: 'append' | 'append_beside'; readonly groups: readonly StoreGroup[] }
  | { readonly kind: 'reopen' };

/** Plain values, so that a `Buffer` equals the bytes it holds. */
function plain(value: unknown): unknown {
  if (value instanceof Uint8Array) return Array.from(value);
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, plain(part)]));
}

async function compare(
  { expect }: StoreContractOptions,
  store: EvidenceStore,
  model: StoreModel,
  queries: readonly StoreQuery[],
): Promise<void> {
  const size = model.size();
  const all = model.read(0, size);
  expect(await store.size()).toEqual(size);
  expect(plain(await store.read(0, size + 1))).toEqual(plain(all));
  expect(plain(await store.leaves(0, size + 1))).toEqual(all.flatMap(({ leaf }) => [...leaf]));
  for (const { from, limit } of queries) {
    const part = model.read(from, limit);
    expect(plain(await store.read(from, limit))).toEqual(plain(part));
    expect(plain(await store.leaves(from, limit))).toEqual(part.flatMap(({ leaf }) => [...leaf]));
  }
  for (let index = 0; index <= size; index++) {
    expect(await store.disclosures(index)).toEqual(model.disclosures(index));
  }
  const { disclosuresOf } = store as EvidenceStore & Partial<StoreManyDisclosures>;
  if (disclosuresOf) {
    const some = Array.from({ length: size + 1 }, (_, index) => index).filter(
      (index) => index % 3 > 0,
    );
    expect(await disclosuresOf(some)).toEqual(some.map((index) => model.disclosures(index)));
  }
  const { hashLeaves } = store as EvidenceStore & Partial<StoreLeafHashing>;
  if (hashLeaves) {
    for (const { from, limit } of [{ from: 0, limit: size + 1 }, ...queries]) {
      const made = model.read(from, limit).flatMap(({ bytes }) => [...leafHash(bytes)]);
      expect(plain(await hashLeaves(from, limit))).toEqual(made);
    }
  }
  for (const query of queries) {
    expect(plain(await store.find(query))).toEqual(plain(model.find(query)));
  }
}

/** Any sequence of appends, reopenings and second handles gives what the model gives. */
export function modelContract(options: StoreContractOptions): void {
  const { fc, it, expect, persistent, shared = persistent, runs = 40 } = options;
  const groups = fc.array(groupArbitrary(fc), { minLength: 1, maxLength: 4 });
  const append = fc.record({ kind: fc.constant('append' as const), groups });
  const beside = fc.record({ kind: fc.constant('append_beside' as const), groups });
  const reopen = fc.constant<Step>({ kind: 'reopen' });
  const step: ReturnType<typeof fc.constant<Step>> = persistent
    ? fc.oneof(
        { weight: 4, arbitrary: append },
        { weight: 2, arbitrary: shared ? beside : append },
        reopen,
      )
    : append;
  const property = fc.asyncProperty(
    fc.array(step, { maxLength: 8 }),
    fc.array(queryArbitrary(fc), { minLength: 8, maxLength: 8 }),
    (steps, queries) =>
      withStore(options, async (under) => {
        const model = createStoreModel();
        let store = under.store;
        let second: EvidenceStore | undefined;
        for (const each of steps) {
          if (each.kind === 'reopen') {
            store = await under.reopen();
            continue;
          }
          if (each.kind === 'append_beside') second ??= await under.another();
          const target = each.kind === 'append' ? store : (second ?? store);
          expect(await target.append(each.groups)).toEqual(model.append(each.groups));
        }
        await compare(options, store, model, queries);
        if (second) await compare(options, second, model, queries.slice(0, 2));
      }),
  );
  it('answers like the model after any sequence of steps', () =>
    fc.assert(property, { numRuns: runs }));
}
