import type { CanaryRules } from './rules.js';

/** The candidate's calls of one minute. */
export interface MinuteCounts {
  /** Whole minutes since the epoch. */
  readonly minute: number;
  readonly calls: number;
  readonly errors: number;
  /** Milliseconds, added up over the calls. */
  readonly latencyMs: number;
}

/** A limit that was exceeded. */
export type LimitName = 'error_rate' | 'latency';

const MINUTE_MS = 60_000;

/** The minute a moment belongs to. */
export function minuteOf(timeMs: number): number {
  return Math.floor(timeMs / MINUTE_MS);
}

/** Adds minutes up; minutes too old to be looked at are left out. */
export function addMinutes(
  known: readonly MinuteCounts[],
  more: readonly MinuteCounts[],
  keep: number,
): readonly MinuteCounts[] {
  const byMinute = new Map(known.map((one) => [one.minute, one]));
  for (const one of more) {
    const before = byMinute.get(one.minute);
    byMinute.set(one.minute, before === undefined ? one : join(before, one));
  }
  const sorted = [...byMinute.values()].sort((a, b) => a.minute - b.minute);
  const oldest = (sorted.at(-1)?.minute ?? 0) - keep;
  return sorted.filter(({ minute }) => minute > oldest);
}

function join(a: MinuteCounts, b: MinuteCounts): MinuteCounts {
  return {
    minute: a.minute,
    calls: a.calls + b.calls,
    errors: a.errors + b.errors,
    latencyMs: a.latencyMs + b.latencyMs,
  };
}

/**
 * The limit that was exceeded in each of the last minutes, if there is one. Only complete minutes
 * count, and a minute without calls ends the row.
 */
export function findBreach(
  { limits }: CanaryRules,
  minutes: readonly MinuteCounts[],
  nowMs: number,
): LimitName | undefined {
  const over = minutes.filter(({ minute }) => minute < minuteOf(nowMs));
  const names: readonly LimitName[] = ['error_rate', 'latency'];
  return names.find(
    (name) => longestRun(over, (one) => exceeds(limits, one, name)) >= limits.minutes,
  );
}

/** Whether the last minute with calls exceeded a limit, over or not. */
export function isExceedingNow({ limits }: CanaryRules, minutes: readonly MinuteCounts[]): boolean {
  const last = minutes.at(-1);
  if (last === undefined) return false;
  return exceeds(limits, last, 'error_rate') || exceeds(limits, last, 'latency');
}

function exceeds(limits: CanaryRules['limits'], one: MinuteCounts, name: LimitName): boolean {
  if (one.calls === 0) return false;
  return name === 'error_rate'
    ? one.errors / one.calls > limits.errorRate
    : one.latencyMs / one.calls > limits.latencyMs;
}

function longestRun(
  minutes: readonly MinuteCounts[],
  test: (one: MinuteCounts) => boolean,
): number {
  let longest = 0;
  let run = 0;
  let last = Number.NaN;
  for (const one of minutes) {
    run = test(one) ? (one.minute === last + 1 ? run + 1 : 1) : 0;
    last = one.minute;
    longest = Math.max(longest, run);
  }
  return longest;
}
