import fc from 'fast-check';
import { afterAll, expect, it } from 'vitest';
import { createMemoryStore } from '../log/memory-store.js';
import type { EvidenceStore, StoreGroup } from '../log/store.js';
import { evidenceStoreContract } from '../testing.js';

// Counterexamples are not shown here, so they need not be small; and every run is the same.
const usual = fc.readConfigureGlobal();
fc.configureGlobal({ seed: 1, endOnFailure: true });
afterAll(() => fc.configureGlobal(usual));

type Break = (store: EvidenceStore) => Partial<EvidenceStore>;

/** Runs the contract outside of the test runner: names of the tests that fail. */
async function failures(damage: Break): Promise<readonly string[]> {
  const tests: { readonly name: string; readonly body: () => Promise<void> }[] = [];
  evidenceStoreContract({
    describe: (_, body) => body(),
    it: (name, body) => tests.push({ name, body }),
    expect,
    fc,
    persistent: false,
    runs: 60,
    open: async () => {
      const whole = createMemoryStore();
      const store = { ...whole, ...damage(whole) };
      const refuse = () => Promise.reject(new Error('not persistent'));
      return { store, reopen: refuse, another: refuse, dispose: () => whole.close() };
    },
  });
  const failed: string[] = [];
  for (const { name, body } of tests) await body().catch(() => failed.push(name));
  return failed;
}

const without = (key: 'claim' | 'idempotency') => (groups: readonly StoreGroup[]) =>
  groups.map((group) => {
    const { [key]: _, ...rest } = group;
    return rest as StoreGroup;
  });

const BREAKS: Readonly<Record<string, Break>> = {
  'forgets claims': (store) => ({
    append: (groups) => store.append(without('claim')(groups)),
  }),
  'forgets idempotency keys': (store) => ({
    append: (groups) => store.append(without('idempotency')(groups)),
  }),
  'loses disclosures': () => ({ disclosures: async () => [] }),
  'reads one too few': (store) => ({ read: (first, count) => store.read(first, count - 1) }),
  'answers leaves of other records': (store) => ({
    leaves: async (first, count) => (await store.leaves(first, count)).reverse(),
  }),
  'takes the upper time as inclusive': (store) => ({
    find: ({ toTimeMs, ...query }) =>
      store.find(toTimeMs === undefined ? query : { ...query, toTimeMs: toTimeMs + 1 }),
  }),
  'ignores the first index of a query': (store) => ({
    find: (query) => store.find({ ...query, from: 0 }),
  }),
  'joins terms by or': (store) => ({
    find: (query) => store.find({ ...query, terms: query.terms.slice(0, 1) }),
  }),
  'forgets the direction': (store) => ({
    find: ({ newestFirst: _, ...query }) => store.find(query),
  }),
  'ignores the limit': (store) => ({ find: (query) => store.find({ ...query, limit: 1000 }) }),
  'gives every lease': () => ({ lease: async () => true }),
  'lists derived keys unsorted': (store) => ({
    listDerived: async (prefix) => [...(await store.listDerived(prefix))].reverse(),
  }),
  'keeps the caller’s buffer': (store) => ({
    putDerived: async (entries) => {
      await Promise.resolve();
      return store.putDerived(entries);
    },
  }),
  'cuts long derived values': (store) => ({
    getDerived: async (key) => (await store.getDerived(key))?.subarray(0, 4096),
  }),
  'answers after closing': () => ({ close: async () => {} }),
};

it('passes for a whole store', async () => {
  expect(await failures(() => ({}))).toEqual([]);
});

it.each(Object.entries(BREAKS))('fails for a store that %s', async (_, damage) => {
  expect(await failures(damage)).not.toEqual([]);
});
