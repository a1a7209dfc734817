import type { CounterRow, CounterRows, CounterStore } from '../counter-port.js';
import { EventsError } from '../error.js';
import type { EvidenceRecord } from '../evidence.js';
import { COUNTING_TYPES, createCountedBook, hasRows, missingFrom } from './counted.js';
import type { ExpectedSums } from './expected-sums.js';
import type { RecordKeys } from './record-keys.js';

/** A failed comparison is repeated after this time, because the counters may have been repaired. */
const AGAIN_AFTER_MS = 1000;

/** A comparison that succeeded is repeated after this time, or after a hundred times as long as it took. */
const REPEAT_AFTER_MS = 60_000;
const REPEAT_SHARE = 100;

/** Writers' clocks differ, so records from up to this long before the window are read too. */
const SLACK_MS = 3_600_000;

/** What the counters of a log are compared with. */
export interface RecordedCountersParts {
  readonly keys: RecordKeys;
  readonly clock: () => number;
  readonly size: () => Promise<number>;
  /** A record, whole and believed. */
  readonly recordAt: (index: number) => Promise<EvidenceRecord | undefined>;
  readonly readComplete: (
    types: readonly string[],
    from: number,
    to: number,
  ) => AsyncIterable<EvidenceRecord>;
}

/** The first record that may be younger than a time: records of one clock ascend. */
async function firstSince(
  { recordAt }: RecordedCountersParts,
  sinceMs: number,
  size: number,
): Promise<number> {
  let [low, high] = [0, size];
  while (low < high) {
    const middle = (low + high) >>> 1;
    const record = await recordAt(middle);
    // The time of an unreadable record is unknown: read everything then.
    if (!record) return 0;
    if (Date.parse(record.time) < sinceMs) low = middle + 1;
    else high = middle;
  }
  return low;
}

async function compare(
  parts: RecordedCountersParts,
  counters: CounterRows,
  windowMs: number,
): Promise<readonly CounterRow[]> {
  const nowMs = parts.clock();
  const size = await parts.size();
  const from = await firstSince(parts, nowMs - windowMs - SLACK_MS, size);
  const book = createCountedBook(nowMs);
  for await (const record of parts.readComplete(COUNTING_TYPES, from, size)) book.note(record);
  const live = book.live(nowMs);
  for await (const { index } of missingFrom(counters, live)) {
    const message = `a counter lacks what record ${index} counted: run "audit fsck", then "audit reindex"`;
    throw new EventsError('EVENTS_COUNTER_SHORTENED', message, { details: { index } });
  }
  return live;
}

/** Compares counters with the records about them, and remembers how it went. */
export interface CounterComparison {
  /** See `RecordedCounters.requireWhole`. */
  requireWhole(windowMs: number): Promise<void>;
  /** Compares now, for this window and all that were compared before. @throws as `requireWhole`. */
  again(windowMs: number): Promise<void>;
}

/** Creates the comparison of one log's counters; what it finds is noted in `expected`. */
export function createComparison(
  parts: RecordedCountersParts,
  counters: CounterStore & Partial<CounterRows>,
  expected: ExpectedSums,
): CounterComparison {
  let comparedMs = 0;
  let repeatAtMs = 0;
  let running: { readonly windowMs: number; readonly result: Promise<void> } | undefined;
  let failed: { readonly error: unknown; readonly atMs: number } | undefined;

  async function run(windowMs: number): Promise<void> {
    if (!hasRows(counters)) return;
    const beganMs = parts.clock();
    try {
      for (const entry of await compare(parts, counters, windowMs)) expected.note(entry);
      comparedMs = Math.max(comparedMs, windowMs);
      failed = undefined;
      const endedMs = parts.clock();
      repeatAtMs = endedMs + Math.max(REPEAT_AFTER_MS, (endedMs - beganMs) * REPEAT_SHARE);
    } catch (error) {
      comparedMs = 0;
      failed = { error, atMs: parts.clock() };
      throw error;
    } finally {
      running = undefined;
    }
  }

  return {
    again: (windowMs) => run(Math.max(windowMs, comparedMs)),
    async requireWhole(windowMs) {
      if (windowMs <= comparedMs) {
        // No call waits for a repetition: what it finds blocks the calls after it.
        if (!running && parts.clock() >= repeatAtMs) {
          running = { windowMs: comparedMs, result: run(comparedMs) };
          running.result.catch(() => undefined);
        }
        return;
      }
      if (failed && Math.abs(parts.clock() - failed.atMs) < AGAIN_AFTER_MS) throw failed.error;
      if (!running || running.windowMs < windowMs) running = { windowMs, result: run(windowMs) };
      await running.result;
    },
  };
}
