import type { PolicyBundle } from '@spanforge/policy';
import { bundleReference } from '@spanforge/policy/internal';
import {
  createPin,
  groupsOfRange,
  HASH_BYTES,
  type LogRange,
  type LogSourceOptions,
} from './from-log.js';
import { KEEP, type ReplayOptions, replayGroups } from './replay.js';
import { createReport, type ReplayReport, type ReportPart } from './report.js';

/** What a range of a log contributes to a replay: plain data, which another thread can send. */
export interface ReplayedRange extends LogRange {
  readonly report: ReportPart;
  /** The leaf hashes of the records that were read, one after another. */
  readonly leaves: Uint8Array;
}

/** A replay of one range: whose decisions, and with which bundles. */
export interface RangeOptions extends ReplayOptions {
  /** `onRead` is called with places in the log. */
  readonly source: LogSourceOptions;
  /** The bundle to compare with; the recorded verdicts when absent. */
  readonly baseline?: PolicyBundle;
}

/**
 * Replays the decisions of one range of a log, for {@link replayInRanges}. `onDecision` is called in
 * the order of the range.
 *
 * @throws as {@link replay}.
 */
export async function replayRange(range: LogRange, options: RangeOptions): Promise<ReplayedRange> {
  const { source, candidate, baseline, keep = KEEP } = options;
  const { from, to, end } = range;
  const report = createReport(
    bundleReference(candidate),
    undefined,
    keep,
    Number.POSITIVE_INFINITY,
  );
  const leaves = new Uint8Array((to - from) * HASH_BYTES);
  let length = 0;
  const onLeaf = (leaf: Uint8Array): void => {
    leaves.set(leaf, length);
    length += leaf.length;
  };
  await replayGroups(groupsOfRange(source, range, onLeaf), options, baseline, report);
  return { from, to, end, report: report.part(), leaves: leaves.slice(0, length) };
}

/** Replays ranges, one at a time: such as a thread that was started for it. */
export type RangeReplayer<Range extends ReplayedRange> = (range: LogRange) => Promise<Range>;

/** A replay of a log in ranges. */
export interface InRangesOptions<Range extends ReplayedRange> {
  readonly candidate: PolicyBundle;
  readonly baseline?: PolicyBundle;
  /** As it was given to the replayers. */
  readonly keep?: number;
  /** The size of the log. */
  readonly end: number;
  /** The records of a range; 16,384 when absent. */
  readonly span?: number;
  /** At least one. */
  readonly replayers: readonly RangeReplayer<Range>[];
  /** Called with every range, in log order; awaited. */
  readonly onRange?: (range: Range) => void | Promise<void>;
}

/** A report, and the digest of what was read: that of {@link LogSource.inputDigest}. */
export interface RangesReplay {
  readonly report: ReplayReport;
  readonly inputSha256: string;
}

const SPAN = 16_384;
/** Ranges under way or waiting for an earlier one, for each replayer. */
const AHEAD = 2;

/**
 * Replays a log range by range, and joins what was found in log order: report and digest are those of
 * one replay of the whole, whatever the ranges and the number of replayers. At most two ranges for each
 * replayer are held in memory.
 *
 * @throws what a replayer or `onRange` throws: the error of the first range in log order. The ranges
 *   under way have ended then.
 */
export async function replayInRanges<Range extends ReplayedRange>(
  options: InRangesOptions<Range>,
): Promise<RangesReplay> {
  const { candidate, baseline, keep = KEEP, end, span = SPAN, replayers, onRange } = options;
  const reference = baseline && bundleReference(baseline);
  const report = createReport(bundleReference(candidate), reference, keep);
  const pin = createPin();
  const join = async (range: Range): Promise<void> => {
    for (let at = 0; at < range.leaves.length; at += HASH_BYTES) {
      pin.add(range.leaves.subarray(at, at + HASH_BYTES));
    }
    report.join(range.report);
    await onRange?.(range);
  };
  const pool = createPool(replayers);
  const waiting: Promise<Range>[] = [];
  const begin = async (from: number): Promise<void> => {
    const replayer = await pool.take();
    const found = replayer({ from, to: Math.min(end, from + span), end });
    // It is awaited when its turn comes, and may fail before.
    found.then(
      () => pool.give(replayer),
      () => pool.give(replayer),
    );
    waiting.push(found);
  };
  try {
    for (let from = 0; from < end; from += span) {
      await begin(from);
      // Joined in order; the oldest is waited for before too many wait behind it.
      const [oldest] = waiting;
      if (waiting.length < AHEAD * replayers.length || oldest === undefined) continue;
      waiting.shift();
      await join(await oldest);
    }
    for (let next = waiting.shift(); next; next = waiting.shift()) await join(await next);
  } finally {
    await Promise.allSettled(waiting);
  }
  return { report: report.build(), inputSha256: pin.digest() };
}

/** Those that have nothing to do. */
function createPool<One>(all: readonly One[]) {
  const free = [...all];
  const asking: ((one: One) => void)[] = [];
  return {
    take: (): Promise<One> => {
      const one = free.pop();
      if (one !== undefined) return Promise.resolve(one);
      return new Promise((resolve) => asking.push(resolve));
    },
    give(one: One): void {
      const next = asking.shift();
      if (next === undefined) free.push(one);
      else next(one);
    },
  };
}
