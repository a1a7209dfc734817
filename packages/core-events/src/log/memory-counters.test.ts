import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { CounterStore } from '../counter-port.js';
import { counterStoreContract } from '../testing.js';
import { createMemoryCounters } from './memory-counters.js';

const alone = async (counters: CounterStore) => {
  const refuse = () => Promise.reject(new Error('not persistent'));
  return { counters, reopen: refuse, another: refuse, dispose: async () => {} };
};

counterStoreContract({
  describe,
  it,
  expect,
  fc,
  persistent: false,
  runs: 200,
  open: () => alone(createMemoryCounters()),
});

type Break = (counters: CounterStore) => Partial<CounterStore>;

/** Runs the contract outside of the test runner: names of the tests that fail. */
async function failures(damage: Break): Promise<readonly string[]> {
  const tests: { readonly name: string; readonly body: () => Promise<void> }[] = [];
  counterStoreContract({
    describe: (_, body) => body(),
    it: (name, body) => tests.push({ name, body }),
    expect,
    fc,
    persistent: false,
    open: () => {
      const whole = createMemoryCounters();
      return alone({ ...whole, ...damage(whole) });
    },
  });
  const failed: string[] = [];
  for (const { name, body } of tests) await body().catch(() => failed.push(name));
  return failed;
}

const BREAKS: Readonly<Record<string, Break>> = {
  'counts every id again': (counters) => {
    let n = 0;
    return { add: (entry) => counters.add({ ...entry, id: `${entry.id}/${n++}` }) };
  },
  'forgets to take back': () => ({ remove: async () => {} }),
  'counts the end of the window twice': (counters) => ({
    add: (entry) => counters.add({ ...entry, windowMs: entry.windowMs + 1 }),
  }),
  'mixes keys': (counters) => ({ add: (entry) => counters.add({ ...entry, key: 'one' }) }),
  'takes a negative amount': (counters) => ({
    add: (entry) => counters.add({ ...entry, amount: Math.max(0, entry.amount) }),
  }),
  'answers before it has added': (counters) => ({
    add: async (entry) => (await counters.add(entry)) - entry.amount,
  }),
};

it('passes for whole counters', async () => {
  expect(await failures(() => ({}))).toEqual([]);
});

it.each(Object.entries(BREAKS))('fails for counters that %s', async (_, damage) => {
  expect(await failures(damage)).not.toEqual([]);
});

it('forgets the entries of keys that nobody asks about any more', async () => {
  const counters = createMemoryCounters();
  const entry = { id: '1', amount: 1, windowMs: 10 };
  await counters.add({ ...entry, key: 'old', timeMs: 0, windowMs: 10 });
  for (let n = 0; n < 5; n += 1) {
    await counters.add({ ...entry, key: 'new', timeMs: 86_400_011 + n });
  }
  // A clock that went back would see it, if it were still there.
  expect(await counters.add({ ...entry, key: 'old', id: '2', timeMs: 5 })).toBe(1);
});
