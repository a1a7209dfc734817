import type { Clock } from '../clock.js';

/** A clock that counts how often it went back. */
export interface WatchedClock {
  /** Whole milliseconds since the epoch, as the clock has it. */
  now(): number;
  reversals(): number;
}

/** Watches a clock without correcting it: the time of a record is the writer's claim. */
export function watchClock(clock: Clock): WatchedClock {
  let last = Number.NEGATIVE_INFINITY;
  let count = 0;
  return {
    now() {
      const time = Math.trunc(clock());
      if (time < last) count += 1;
      last = time;
      return time;
    },
    reversals: () => count,
  };
}
