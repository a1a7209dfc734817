import type { PolicyBundle } from '@spanforge/policy';
import { bundleReference } from '@spanforge/policy/internal';
import { changeBetween } from './change.js';
import { inGroups } from './from-log.js';
import { createJudge, type Judged, type JudgeOptions } from './judge.js';
import type { DecidedSide, RecordedDecision } from './recorded.js';
import {
  createReport,
  placeOf,
  type ReplayedDecision,
  type ReplayReport,
  type ReportBuilder,
} from './report.js';

/** Recorded decisions, in order. */
export type DecisionSource = Iterable<RecordedDecision> | AsyncIterable<RecordedDecision>;

/** Options for trying a candidate. */
export interface ReplayOptions extends JudgeOptions {
  readonly candidate: PolicyBundle;
  /** Called with every decision in turn, unchanged ones too; awaited. */
  readonly onDecision?: (decision: ReplayedDecision) => void | Promise<void>;
  /** Called with the number of decisions done, now and then and at the end. */
  readonly onProgress?: (done: number) => void;
  /** Decisions of each kind of difference that the report keeps; 100 when absent. */
  readonly keep?: number;
}

/**
 * Makes recorded decisions again with a candidate, and compares them with the recorded verdicts.
 *
 * Nothing is executed, recorded or counted, and no clock is read: each request is judged at the
 * time it was asked. A decision for which anything is missing is `not_replayable`, never guessed.
 * With the bundle that made the decisions, every one is `same`. Memory does not grow with the
 * number of decisions.
 *
 * @throws what the source or a callback throws. If a source fails, there is no report.
 */
export function replay(source: DecisionSource, options: ReplayOptions): Promise<ReplayReport> {
  return run(source, options, undefined);
}

/**
 * Asks a baseline and a candidate about the same recorded requests, and ignores the recorded
 * verdicts. Otherwise as {@link replay}.
 */
export function comparePolicies(
  source: DecisionSource,
  options: ReplayOptions & { readonly baseline: PolicyBundle },
): Promise<ReplayReport> {
  return run(source, options, options.baseline);
}

const PROGRESS_EVERY = 1024;

async function* inOnes(source: DecisionSource): AsyncGenerator<readonly RecordedDecision[]> {
  for await (const decision of source) yield [decision];
}

async function run(
  source: DecisionSource,
  options: ReplayOptions,
  baseline: PolicyBundle | undefined,
): Promise<ReplayReport> {
  const { candidate, keep = KEEP } = options;
  const reference = baseline && bundleReference(baseline);
  const report = createReport(bundleReference(candidate), reference, keep);
  await replayGroups(inGroups(source) ?? inOnes(source), options, baseline, report);
  return report.build();
}

/** Differences of each kind that a report keeps. */
export const KEEP = 100;

/** Replays decisions that come in groups, in order, into a report. */
export async function replayGroups(
  groups: AsyncIterable<Iterable<RecordedDecision>>,
  options: ReplayOptions,
  baseline: PolicyBundle | undefined,
  report: ReportBuilder,
): Promise<void> {
  const { candidate, onDecision, onProgress } = options;
  const after = createJudge(candidate, options);
  const before = baseline === undefined ? recordedJudge : createJudge(baseline, options);
  let done = 0;
  let stopped = false;
  for await (const group of groups) {
    for (const decision of group) {
      if (decision.ofResult === true && stopped) continue;
      // Awaits only promises, because this loop determines the speed of a replay.
      let was = before(decision);
      let will = after(decision);
      if (was instanceof Promise) was = await was;
      if (will instanceof Promise) will = await will;
      const replayed = compare(decision, was, will);
      stopped = blocks(replayed.before) || blocks(replayed.after);
      report.add(replayed);
      const told = onDecision?.(replayed);
      if (told instanceof Promise) await told;
      done += 1;
      if (done % PROGRESS_EVERY === 0) onProgress?.(done);
    }
  }
  onProgress?.(done);
}

/** What was decided then. */
function recordedJudge({ before, missing }: RecordedDecision): Judged {
  if (before !== undefined) return { side: before };
  return { missing: missing ?? { reason: 'not_recorded', missing: ['decision'] } };
}

function compare(decision: RecordedDecision, was: Judged, will: Judged): ReplayedDecision {
  const missing = will.missing ?? was.missing;
  const replayed = placeOf(decision) as Open<ReplayedDecision>;
  if (missing !== undefined) {
    replayed.verdict = 'not_replayable';
    if (was.side !== undefined) replayed.before = was.side;
    replayed.missing = missing;
    return replayed;
  }
  const [before, after] = [was.side as DecidedSide, will.side as DecidedSide];
  replayed.verdict = changeBetween(before, after);
  replayed.before = before;
  replayed.after = after;
  return replayed;
}

/** A value under construction. Every decision passes here, so members are set, not spread in. */
type Open<Value> = { -readonly [Name in keyof Value]: Value[Name] };

const blocks = (side: DecidedSide | undefined): boolean => side?.outcome === 'block';
