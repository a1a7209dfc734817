import { sha256, toHex } from '@spanforge/core-signing';
import type {
  CounterEntry,
  CounterRow,
  CounterRows,
  CounterStore,
  RecordedCounters,
} from '../counter-port.js';
import { EventsError } from '../error.js';
import type { EvidenceRecord } from '../evidence.js';
import { COUNTING_TYPES, createCountedBook, hasRows, missingFrom } from './counted.js';
import { createExpectedSums } from './expected-sums.js';
import type { RecordKeys } from './record-keys.js';

const DOMAIN = 'spanforge.counter.v1\n';

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

/**
 * Counters whose entries are recorded in the log. If records are not signed there is no key to hide the
 * calls with, and the counters are returned unchanged.
 */
export function recordCounters(
  counters: CounterStore & Partial<CounterRows>,
  parts: RecordedCountersParts,
): CounterStore | RecordedCounters {
  if (!parts.keys.signing) return counters;
  const nameOf = (id: string): string => {
    const digest = sha256(`${DOMAIN}${id}`);
    return `call/${toHex(parts.keys.steady(digest) ?? digest)}`;
  };
  const countOne = counters.count?.bind(counters);
  const expected = createExpectedSums();
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

  /** What the counter surely has before an entry is added; what the store answers has the entry, too. */
  const leastBefore = ({ key, timeMs, windowMs }: CounterEntry): number =>
    expected.least(key, timeMs, windowMs);

  /** A sum below what is known to be in it is not used until the counters were compared again. */
  async function requireSum(
    { key, windowMs }: CounterEntry,
    sum: number,
    least: number,
  ): Promise<void> {
    // Sums of decimals differ by their order.
    if (sum >= least - Math.abs(least) * 1e-9) return;
    expected.reset(key);
    await run(Math.max(windowMs, comparedMs));
  }

  return Object.freeze({
    async add(entry) {
      const named = { ...entry, id: nameOf(entry.id) };
      const least = leastBefore(named);
      const sum = await counters.add(named);
      await requireSum(named, sum, least);
      return sum;
    },
    ...(countOne && {
      async count(entry: CounterEntry) {
        const { key, amount, windowMs } = entry;
        const named = { ...entry, id: nameOf(entry.id) };
        const before = leastBefore(named);
        const counted = await countOne(named);
        const { sum, timeMs, added } = counted;
        try {
          // Nothing is known of a counter whose least sum is 0.
          await requireSum(named, sum, added && before > 0 ? before + amount : before);
        } catch (error) {
          if (added) await counters.remove(key, named.id);
          throw error;
        }
        if (added) expected.note({ key, id: named.id, amount, timeMs, untilMs: timeMs + windowMs });
        return counted;
      },
    }),
    async remove(key, id) {
      expected.forget(key, nameOf(id));
      await counters.remove(key, nameOf(id));
    },
    nameOf,
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
  } satisfies RecordedCounters);
}
