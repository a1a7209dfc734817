import type { CounterRow } from '../ports.js';
import { maxSkewOf } from './counted.js';

/** What a counter should at least have, by entries that records or this process know of. */
export interface ExpectedSums {
  note(entry: CounterRow): void;
  forget(key: string, id: string): void;
  /** Expects nothing of a counter any more. */
  reset(key: string): void;
  /** The sum of known entries that count at a time, on whatever clock; forgets what is over. */
  least(key: string, timeMs: number, windowMs: number): number;
}

/** Entries remembered; of the counters longest unused the first are forgotten. */
const MOST = 65_536;

/** Knows nothing at first, and so expects nothing. */
export function createExpectedSums(): ExpectedSums {
  const counters = new Map<string, Map<string, CounterRow>>();
  let kept = 0;

  function trim(key: string): void {
    for (const [oldest, entries] of counters) {
      if (kept <= MOST) return;
      if (oldest === key && counters.size > 1) continue;
      counters.delete(oldest);
      kept -= entries.size;
    }
  }

  return {
    note(entry) {
      const { key, id } = entry;
      const entries = counters.get(key) ?? new Map<string, CounterRow>();
      if (!entries.has(id)) kept += 1;
      entries.set(id, entry);
      counters.delete(key);
      counters.set(key, entries);
      if (kept > MOST) trim(key);
    },
    forget(key, id) {
      if (counters.get(key)?.delete(id)) kept -= 1;
    },
    reset(key) {
      kept -= counters.get(key)?.size ?? 0;
      counters.delete(key);
    },
    least(key, atMs, windowMs) {
      const entries = counters.get(key);
      let sum = 0;
      for (const [id, entry] of entries ?? []) {
        const { amount, timeMs, untilMs } = entry;
        if (untilMs <= atMs) {
          entries?.delete(id);
          kept -= 1;
        }
        const counts = timeMs > atMs - windowMs && timeMs <= atMs;
        if (counts && untilMs > atMs + maxSkewOf(entry)) sum += amount;
      }
      return sum;
    },
  };
}
