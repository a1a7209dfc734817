import type { CounterRow, CounterRows, CounterStore } from '../counter-port.js';
import type { EvidenceRecord } from '../evidence.js';
import { policyDecisionV1 } from '../records/policy-decision-v1.js';

/** Types of records that say what was counted. */
export const COUNTING_TYPES: readonly string[] = Object.freeze([policyDecisionV1.key]);

/** Entries looked up at once. */
const AT_ONCE = 256;

/** Clocks of processes differ: an entry close to the end of its window may be forgotten already. */
const MAX_SKEW_MS = 60_000;

/** How far another clock may be ahead of ours. */
export const maxSkewOf = ({ timeMs, untilMs }: CounterRow): number =>
  Math.min(MAX_SKEW_MS, (untilMs - timeMs) / 10);

/** A counter entry and the record that names it. */
export interface CountedEntry extends CounterRow {
  readonly index: number;
}

/** What a record says was counted. */
export function countedIn(record: EvidenceRecord): readonly CountedEntry[] {
  if (record.type !== policyDecisionV1.key) return [];
  const { counted } = record.body as { readonly counted?: readonly Record<string, unknown>[] };
  if (!Array.isArray(counted)) return [];
  const { index } = record;
  return counted.map(({ counter, entry, amount, at_ms, window_ms }) => ({
    ...{ index, key: String(counter), id: String(entry), amount: Number(amount) },
    ...{ timeMs: Number(at_ms), untilMs: Number(at_ms) + Number(window_ms) },
  }));
}

/** Collects the counter entries that records name, in log order. */
export interface CountedBook {
  note(record: EvidenceRecord): void;
  /** Entries whose window has not passed on any writer's clock, one for each name. */
  live(nowMs: number): readonly CountedEntry[];
}

/** Creates an empty book; it keeps entries whose window has not passed at `nowMs`. */
export function createCountedBook(nowMs: number): CountedBook {
  const entries = new Map<string, CountedEntry>();
  let latestMs = Number.NEGATIVE_INFINITY;
  return {
    note(record) {
      for (const entry of countedIn(record)) {
        latestMs = Math.max(latestMs, entry.timeMs);
        if (entry.untilMs > nowMs) entries.set(JSON.stringify([entry.key, entry.id]), entry);
      }
    },
    live: (atMs) =>
      [...entries.values()].filter(
        (entry) => entry.untilMs > Math.max(atMs + maxSkewOf(entry), latestMs),
      ),
  };
}

/** Whether counters can be compared with records. */
export function hasRows(
  counters: CounterStore & Partial<CounterRows>,
): counters is CounterStore & CounterRows {
  return counters.find !== undefined && counters.replace !== undefined;
}

/** Entries that the counters lack or have with other values. */
export async function* missingFrom(
  counters: CounterRows,
  entries: readonly CountedEntry[],
): AsyncGenerator<CountedEntry> {
  for (let at = 0; at < entries.length; at += AT_ONCE) {
    const some = entries.slice(at, at + AT_ONCE);
    const rows = await counters.find(some);
    for (const [place, entry] of some.entries()) {
      const row = rows[place];
      const { amount, timeMs, untilMs } = entry;
      const same = row?.amount === amount && row.timeMs === timeMs && row.untilMs === untilMs;
      if (!same) yield entry;
    }
  }
}

/** Writes entries into the counters, a few at a time. */
export async function putEntries(
  counters: CounterRows,
  entries: readonly CountedEntry[],
): Promise<void> {
  for (let at = 0; at < entries.length; at += AT_ONCE) {
    const some = entries.slice(at, at + AT_ONCE);
    await counters.replace(some.map(({ index: _, ...row }) => row));
  }
}
