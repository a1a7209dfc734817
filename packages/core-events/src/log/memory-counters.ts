import type {
  CounterEntry,
  CounterRow,
  CounterRows,
  CounterStore,
  CounterSum,
} from '../counter-port.js';
import { checkCounterEntry } from './counter-entry.js';

interface Kept {
  readonly amount: number;
  readonly timeMs: number;
  /** From this time on the entry is not needed. */
  readonly untilMs: number;
}

/** Unused entries are kept for another day, because another writer's clock may differ. */
const GRACE_MS = 86_400_000;

/** Keys checked for such entries with each addition. */
const KEYS_AT_ONCE = 4;

type Entries = Map<string, Kept>;

function prune(keys: Map<string, Entries>, key: string, atMs: number): void {
  const entries = keys.get(key);
  if (entries === undefined) return;
  for (const [id, { untilMs }] of entries) if (untilMs <= atMs) entries.delete(id);
  if (entries.size === 0) keys.delete(key);
}

/** Checks the next few keys, continuing where it stopped. */
function createSweep(keys: Map<string, Entries>): (atMs: number) => void {
  let rest: Iterator<string> = keys.keys();
  return (atMs) => {
    for (let step = 0; step < KEYS_AT_ONCE; step += 1) {
      const next = rest.next();
      if (next.done) {
        rest = keys.keys();
        return;
      }
      prune(keys, next.value, atMs - GRACE_MS);
    }
  };
}

function sumWithin(entries: Entries, { timeMs, windowMs }: CounterEntry): number {
  let sum = 0;
  for (const each of entries.values()) {
    if (each.timeMs > timeMs - windowMs && each.timeMs <= timeMs) sum += each.amount;
  }
  return sum;
}

/**
 * Counters in memory: for tests, first looks, and a single process whose budgets may restart with it.
 * An entry is forgotten once its window has passed.
 */
export function createMemoryCounters(): Required<CounterStore> & CounterRows {
  const keys = new Map<string, Entries>();
  const sweep = createSweep(keys);
  const entriesOf = (key: string): Entries => {
    const entries = keys.get(key) ?? new Map<string, Kept>();
    keys.set(key, entries);
    return entries;
  };
  const count = async (given: CounterEntry): Promise<CounterSum> => {
    const entry = checkCounterEntry(given);
    const { key, id, amount, timeMs, windowMs } = entry;
    prune(keys, key, timeMs);
    sweep(timeMs);
    const entries = entriesOf(key);
    const known = entries.get(id);
    if (!known) entries.set(id, { amount, timeMs, untilMs: timeMs + windowMs });
    const sum = sumWithin(entries, entry);
    return { sum, timeMs: known?.timeMs ?? timeMs, added: known === undefined };
  };
  return Object.freeze({
    count,
    add: async (entry: CounterEntry) => (await count(entry)).sum,
    async remove(key: string, id: string) {
      const entries = keys.get(key);
      entries?.delete(id);
      if (entries?.size === 0) keys.delete(key);
    },
    async find(names: readonly Pick<CounterRow, 'key' | 'id'>[]) {
      return names.map(({ key, id }) => {
        const kept = keys.get(key)?.get(id);
        return kept && { key, id, ...kept };
      });
    },
    async replace(rows: readonly CounterRow[]) {
      for (const { key, id, ...kept } of rows) entriesOf(key).set(id, kept);
    },
  });
}
