import type { CounterEntry, CounterRows, CounterStore } from '../counter-port.js';
import type { FastCheck } from './store-arbitraries.js';
import { codeOf, type TestApi } from './store-contract.js';

/** New counters without entries, and other ways to reach their content. */
export interface CountersUnderTest {
  readonly counters: CounterStore;
  /** Closes the counters and opens them again. Called only for persistent drivers. */
  reopen(): Promise<CounterStore>;
  /** Opens the same counters once more, beside the first. Called only for shared drivers. */
  another(): Promise<CounterStore>;
  /** Closes and removes everything. */
  dispose(): Promise<void>;
}

/** Options of the contract for a driver of counters. */
export interface CounterContractOptions extends TestApi {
  readonly fc: FastCheck;
  readonly open: () => Promise<CountersUnderTest>;
  /** True when counts outlive the process. */
  readonly persistent: boolean;
  /**
   * False if only one handle may be open at a time; then `another` is never called. Default: like
   * `persistent`.
   */
  readonly shared?: boolean;
  /** Runs of the model-based property; default 40. */
  readonly runs?: number;
}

const WINDOW = 1000;

const anEntry = (parts: Partial<CounterEntry> = {}): CounterEntry => ({
  key: 'refunds/acme',
  id: 'call-1',
  amount: 1,
  timeMs: 10_000,
  windowMs: WINDOW,
  ...parts,
});

async function withCounters(
  options: CounterContractOptions,
  work: (under: CountersUnderTest) => Promise<void>,
): Promise<void> {
  const under = await options.open();
  try {
    await work(under);
  } finally {
    await under.dispose();
  }
}

/** The definition of the port, computed over everything that was ever added. */
function createModel(): CounterStore {
  let entries: readonly (CounterEntry & { readonly untilMs: number })[] = [];
  return {
    async add(entry) {
      const { key, id, timeMs, windowMs } = entry;
      const gone = (each: (typeof entries)[number]) => each.key === key && each.untilMs <= timeMs;
      entries = entries.filter((each) => !gone(each));
      const known = entries.some((each) => each.key === key && each.id === id);
      if (!known) entries = [...entries, { ...entry, untilMs: timeMs + windowMs }];
      return entries
        .filter((each) => each.key === key)
        .filter((each) => each.timeMs > timeMs - windowMs && each.timeMs <= timeMs)
        .reduce((sum, each) => sum + each.amount, 0);
    },
    async remove(key, id) {
      entries = entries.filter((each) => each.key !== key || each.id !== id);
    },
  };
}

/**
 * Any sequence of additions and removals gives the results of the model, also with clocks that
 * differ.
 */
function countModelContract(options: CounterContractOptions): void {
  const { fc, it, expect, persistent, runs = 40 } = options;
  const key = fc.constantFrom('a', 'b', 'é\u{1f600}');
  const id = fc.constantFrom('1', '2', '3', '4');
  const step = fc.record({
    kind: fc.constantFrom('add', 'add', 'add', 'remove', 'reopen'),
    key,
    id,
    amount: fc.integer({ min: 0, max: 1000 }),
    timeMs: fc.integer({ min: 0, max: 5000 }),
    windowMs: fc.constantFrom(1, WINDOW, 3000),
  });
  const property = fc.asyncProperty(fc.array(step, { maxLength: 25 }), (steps) =>
    withCounters(options, async (under) => {
      const model = createModel();
      let { counters } = under;
      for (const { kind, ...entry } of steps) {
        if (kind === 'reopen' && persistent) counters = await under.reopen();
        if (kind === 'remove') {
          await counters.remove(entry.key, entry.id);
          await model.remove(entry.key, entry.id);
        }
        if (kind === 'add') expect(await counters.add(entry)).toEqual(await model.add(entry));
      }
    }),
  );
  it('answers like the model after any sequence of steps', () =>
    fc.assert(property, { numRuns: runs }));
}

function windowContract(options: CounterContractOptions): void {
  const { it, expect } = options;
  it('sums over (time - window, time], the entry itself included', () =>
    withCounters(options, async ({ counters }) => {
      expect(await counters.add(anEntry({ id: '1', amount: 2.5 }))).toEqual(2.5);
      expect(await counters.add(anEntry({ id: '2', timeMs: 10_999 }))).toEqual(3.5);
      expect(await counters.add(anEntry({ id: '3', timeMs: 11_000 }))).toEqual(2);
      expect(await counters.add(anEntry({ id: '4', timeMs: 10_998, amount: 0 }))).toEqual(0);
      expect(await counters.add(anEntry({ id: '1', key: 'refunds/other' }))).toEqual(1);
    }));

  it('counts an id once, with the amount it came with, until its window has passed', () =>
    withCounters(options, async ({ counters }) => {
      await counters.add(anEntry());
      expect(await counters.add(anEntry({ amount: 500, timeMs: 10_500 }))).toEqual(1);
      expect(await counters.add(anEntry({ amount: 500, timeMs: 11_000 }))).toEqual(500);
    }));

  it('takes an entry back, once and without complaint', () =>
    withCounters(options, async ({ counters }) => {
      await counters.add(anEntry());
      await counters.add(anEntry({ id: 'call-2' }));
      await counters.remove('refunds/acme', 'call-2');
      await counters.remove('refunds/acme', 'call-2');
      await counters.remove('never', 'there');
      expect(await counters.add(anEntry({ id: 'call-3' }))).toEqual(2);
    }));

  it('refuses an invalid entry, and counts nothing of it', () =>
    withCounters(options, async ({ counters }) => {
      const bad: readonly Partial<CounterEntry>[] = [
        { key: '' },
        { key: 'a\0b' },
        { id: '\ud800' },
        { id: 'x'.repeat(1025) },
        { amount: -1 },
        { amount: Number.NaN },
        { amount: Number.POSITIVE_INFINITY },
        { timeMs: Number.NaN },
        { windowMs: 0 },
        { windowMs: Number.POSITIVE_INFINITY },
      ];
      for (const parts of bad) {
        expect(await codeOf(counters.add(anEntry(parts)))).toEqual('EVENTS_OPTIONS_INVALID');
      }
      expect(await counters.add(anEntry({ amount: 0 }))).toEqual(0);
    }));
}

function rowsContract(options: CounterContractOptions): void {
  const { it, expect, persistent } = options;
  it('says whether it added an entry, and under which time it counts, where it can', () =>
    withCounters(options, async ({ counters }) => {
      if (!counters.count) return;
      expect(await counters.count(anEntry())).toEqual({ sum: 1, timeMs: 10_000, added: true });
      const again = anEntry({ amount: 7, timeMs: 10_400 });
      expect(await counters.count(again)).toEqual({ sum: 1, timeMs: 10_000, added: false });
      const later = anEntry({ amount: 7, timeMs: 11_000 });
      expect(await counters.count(later)).toEqual({ sum: 7, timeMs: 11_000, added: true });
      expect(await codeOf(counters.count(anEntry({ amount: -1 })))).toEqual(
        'EVENTS_OPTIONS_INVALID',
      );
    }));

  it('shows entries and replaces them, where it can', () =>
    withCounters(options, async (under) => {
      const counters: CounterStore & Partial<CounterRows> = under.counters;
      if (!counters.find || !counters.replace) return;
      const [name, free] = [
        { key: 'refunds/acme', id: 'call-1' },
        { key: 'refunds/acme', id: 'free' },
      ];
      expect(await counters.find([name, free])).toEqual([undefined, undefined]);
      await counters.add(anEntry({ amount: 2.5 }));
      const row = { ...name, amount: 2.5, timeMs: 10_000, untilMs: 11_000 };
      expect(await counters.find([free, name])).toEqual([undefined, row]);
      await counters.replace([
        { ...row, amount: 40 },
        { ...row, ...free },
      ]);
      const after: CounterStore & Partial<CounterRows> = persistent
        ? await under.reopen()
        : counters;
      expect(await after.find?.([free, name])).toEqual([
        { ...row, ...free },
        { ...row, amount: 40 },
      ]);
      expect(await after.add(anEntry({ id: 'call-2' }))).toEqual(43.5);
    }));
}

function sharingContract(options: CounterContractOptions): void {
  const { it, expect, persistent, shared = persistent } = options;
  it('shows no two of many who add at once the same sum', () =>
    withCounters(options, async (under) => {
      const all = shared ? [under.counters, await under.another()] : [under.counters];
      const asked = Array.from({ length: 40 }, (_, at) =>
        all[at % all.length]!.add(anEntry({ id: `call-${at}` })),
      );
      const sums = await Promise.all(asked);
      const expected = Array.from({ length: 40 }, (_, at) => at + 1);
      expect([...sums].sort((a, b) => a - b)).toEqual(expected);
    }));

  if (!persistent) return;
  it('keeps what was counted', () =>
    withCounters(options, async (under) => {
      await under.counters.add(anEntry({ amount: 7 }));
      const again = await under.reopen();
      expect(await again.add(anEntry({ id: 'call-2' }))).toEqual(8);
    }));
}

/**
 * Registers the tests that every driver of {@link CounterStore} must pass.
 *
 * Works with any test runner: `describe`, `it`, `expect` and fast-check are passed in. Each test
 * opens counters without entries with `open` and disposes of them.
 */
export function counterStoreContract(options: CounterContractOptions): void {
  options.describe('counter store contract', () => {
    countModelContract(options);
    windowContract(options);
    rowsContract(options);
    sharingContract(options);
  });
}
