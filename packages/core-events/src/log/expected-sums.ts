import type { CounterRow } from '../counter-port.js';
import { maxSkewOf } from './counted.js';

/** The least sum that a counter should have, from entries that records or this process know. */
export interface ExpectedSums {
  note(entry: CounterRow): void;
  forget(key: string, id: string): void;
  /** Forgets what is known of a counter. */
  reset(key: string): void;
  /**
   * The least sum that the known entries of a counter have at a time, on every clock. It is kept up to date as
   * entries come and go. If that is not enough to tell (a time before the newest entry, a shorter window), it
   * is 0.
   */
  least(key: string, timeMs: number, windowMs: number): number;
}

/** Entries remembered; those of the least recently used counters are forgotten first. */
const MOST = 65_536;

/** The known entries of one counter, the oldest first, and their sum. */
class KnownEntries {
  readonly #entries = new Map<string, CounterRow>();
  #sum = 0;
  #latestMs = Number.NEGATIVE_INFINITY;

  get size(): number {
    return this.#entries.size;
  }

  note(entry: CounterRow): void {
    this.forget(entry.id);
    this.#entries.set(entry.id, entry);
    this.#sum += entry.amount;
    this.#latestMs = Math.max(this.#latestMs, entry.timeMs);
  }

  forget(id: string): void {
    const entry = this.#entries.get(id);
    if (entry === undefined) return;
    this.#entries.delete(id);
    // An empty sum is exactly 0, without rounding errors.
    this.#sum = this.#entries.size === 0 ? 0 : this.#sum - entry.amount;
  }

  least(atMs: number, windowMs: number): number {
    for (const entry of this.#entries.values()) {
      if (entry.untilMs > atMs + maxSkewOf(entry)) {
        return entry.timeMs > atMs - windowMs && this.#latestMs <= atMs ? this.#sum : 0;
      }
      this.forget(entry.id);
    }
    return 0;
  }
}

/** Creates it empty. */
export function createExpectedSums(): ExpectedSums {
  const counters = new Map<string, KnownEntries>();
  let kept = 0;

  function trim(key: string): void {
    for (const [oldest, { size }] of counters) {
      if (kept <= MOST) return;
      if (oldest === key && counters.size > 1) continue;
      counters.delete(oldest);
      kept -= size;
    }
  }

  /** Counts what is kept after a change of one counter's entries. */
  function counting<Result>(entries: KnownEntries, change: () => Result): Result {
    const before = entries.size;
    const result = change();
    kept += entries.size - before;
    return result;
  }

  return {
    note(entry) {
      const entries = counters.get(entry.key) ?? new KnownEntries();
      counting(entries, () => entries.note(entry));
      counters.delete(entry.key);
      counters.set(entry.key, entries);
      if (kept > MOST) trim(entry.key);
    },
    forget(key, id) {
      const entries = counters.get(key);
      if (entries) counting(entries, () => entries.forget(id));
    },
    reset(key) {
      kept -= counters.get(key)?.size ?? 0;
      counters.delete(key);
    },
    least(key, atMs, windowMs) {
      const entries = counters.get(key);
      return entries ? counting(entries, () => entries.least(atMs, windowMs)) : 0;
    },
  };
}
