import {
  EventsError,
  type EvidenceContext,
  type RecordDraft,
  type Recorder,
} from '@spanforge/core-events';
import type { PolicyCanaryBody } from '@spanforge/core-events/records';
import { canonicalize } from '@spanforge/core-signing';
import type { CheckedCanaryConfig } from './config.js';
import { type CanaryJudgement, judgeCanary } from './judge.js';
import { canaryClaim, canaryDraft, toMetrics, toObserved } from './records.js';
import type { CanaryProgress } from './state.js';
import { addObserved, type Observed } from './tally.js';

/** The result of an append: written, another replica was faster, or the log refused it. */
export type Written = 'written' | 'taken' | 'failed';

/**
 * Appends one record of a canary under its claim.
 *
 * @param before Records that stand before it, or nowhere.
 */
export async function writeEvaluation(
  recorder: Recorder,
  body: PolicyCanaryBody,
  context: EvidenceContext,
  before: readonly RecordDraft[] = [],
): Promise<Written> {
  try {
    const claim = canaryClaim(context.tenant, body.canaryId, body.sequence);
    await (await recorder.append([...before, canaryDraft(body, context)], { claim })).receipts;
    return 'written';
  } catch (error) {
    return EventsError.is(error) && error.code === 'EVENTS_CLAIM_TAKEN' ? 'taken' : 'failed';
  }
}

/** The verdict on everything recorded and on what this process has seen since. */
export function judgeWith(
  progress: CanaryProgress,
  observed: Observed,
  nowMs: number,
): CanaryJudgement {
  const { counts } = addObserved(progress.tally, observed, progress.rules);
  const { step, stepStartedAtMs } = progress;
  return judgeCanary(progress.rules, { ...counts, step, stepStartedAtMs }, nowMs);
}

/** The record that begins a canary. */
export function startedBody(config: CheckedCanaryConfig, nowMs: number): PolicyCanaryBody {
  const percent = config.rules.steps[0] ?? 0;
  return {
    ...headOf(config, nowMs),
    sequence: 0,
    phase: 'started',
    step: 0,
    percent: 0,
    nextPercent: percent,
    verdict: 'continue',
    reasonCode: 'started',
    reason: 'The canary began.',
    action: 'none',
    armSizes: { candidate: 0, baseline: 0 },
    metrics: [],
    rules: canonicalize(config.rules),
  };
}

/** The record of a verdict. */
export function judgedBody(
  config: CheckedCanaryConfig,
  progress: CanaryProgress,
  judgement: CanaryJudgement,
  observed: Observed,
  nowMs: number,
): PolicyCanaryBody {
  const { verdict, reasonCode, reason, metrics } = judgement;
  const { counts } = addObserved(progress.tally, observed, progress.rules);
  const step = counts.steps.at(-1);
  return {
    ...headOf(config, nowMs),
    ...placeOf(progress),
    ...whatFollows(progress, judgement),
    phase: 'judged',
    verdict,
    reasonCode,
    reason,
    armSizes: { candidate: step?.candidate.units ?? 0, baseline: step?.baseline.units ?? 0 },
    metrics: toMetrics(metrics),
    observed: toObserved(observed),
  };
}

/** The record that a pending action has been done. */
export function actedBody(
  config: CheckedCanaryConfig,
  progress: CanaryProgress,
  nowMs: number,
): PolicyCanaryBody {
  const { verdict, reasonCode, reason, armSizes, metrics, nextPercent } = progress.last;
  return {
    ...headOf(config, nowMs),
    ...placeOf(progress),
    phase: 'acted',
    nextPercent,
    verdict,
    reasonCode,
    reason,
    action: progress.pendingAction,
    armSizes,
    metrics,
  };
}

function headOf(config: CheckedCanaryConfig, timeMs: number) {
  return {
    canaryId: config.id,
    unit: config.unit,
    configDigest: config.digest,
    baselineDigest: config.arms.baseline.digest,
    candidateDigest: config.arms.candidate.digest,
    timeMs,
  };
}

function placeOf({ sequence, step, percent }: CanaryProgress) {
  return { sequence, step, percent };
}

/**
 * The bundle in force changes only when all traffic begins or ceases to depend on the candidate.
 */
function whatFollows(
  { rules, step, percent }: CanaryProgress,
  { verdict, reasonCode }: CanaryJudgement,
): Pick<PolicyCanaryBody, 'nextPercent' | 'action'> {
  if (verdict === 'rollback') return { nextPercent: 0, action: 'rollback' };
  if (verdict !== 'advance' || reasonCode === 'finished') {
    return { nextPercent: percent, action: 'none' };
  }
  const nextPercent = rules.steps[step + 1] ?? 100;
  return { nextPercent, action: nextPercent === 100 ? 'activate' : 'none' };
}
