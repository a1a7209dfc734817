import type { EvidenceReader, TraceListOptions } from '@spanforge/core-events';
import { createProjection } from '@spanforge/core-events/log';
import { type PolicyCanaryBody, policyCanaryV1 } from '@spanforge/core-events/records';
import { PolicyError } from '@spanforge/policy';
import { type CanaryVerdict, judgeCanary } from './judge.js';
import type { CanaryMetric } from './metrics.js';
import { applyRecord, type CanaryPhase, type CanaryProgress, emptyState } from './state.js';

/** The status of a canary. */
export interface CanaryStatus {
  readonly id: string;
  /** `unstarted` until its first record is durable. */
  readonly phase: CanaryPhase | 'unstarted';
  /** The index of the running step, from 0. */
  readonly step: number;
  /** Percent of the units on the candidate now. */
  readonly percent: number;
  /** The last verdict on record and why. */
  readonly verdict: CanaryVerdict;
  readonly reasonCode: string;
  readonly reason: string;
  /** Over everything that is on record. */
  readonly metrics: readonly CanaryMetric[];
  /** The action that was decided and is not done yet. */
  readonly pendingAction: 'none' | 'activate' | 'rollback';
  readonly baselineDigest: string;
  readonly candidateDigest: string;
  /** Records of this canary. */
  readonly records: number;
}

/**
 * Reads the status of a canary from the log without taking part in it; `undefined` if the log has
 * no such canary.
 *
 * @param options Whose canary it is; where absent, that of whoever first used the name.
 * @throws {PolicyError} `POLICY_STATE_UNAVAILABLE` when the log or its records cannot be read.
 */
export async function readCanary(
  reader: EvidenceReader,
  id: string,
  { tenant }: TraceListOptions = {},
): Promise<CanaryStatus | undefined> {
  const projection = createProjection({
    reader,
    types: [policyCanaryV1.key],
    empty: () => emptyState(id, tenant),
    apply: applyRecord,
  });
  const { state } = await projection.refresh().catch((cause: unknown) => {
    throw unavailableError(cause);
  });
  if (state.unreadable) throw unavailableError(undefined);
  return state.progress && toStatus(id, state.progress);
}

export function unavailableError(cause: unknown): PolicyError {
  const message = 'the records of the canary cannot be read';
  return new PolicyError('POLICY_STATE_UNAVAILABLE', message, { cause });
}

export function toStatus(id: string, progress: CanaryProgress): CanaryStatus {
  const { last, rules, tally } = progress;
  const view = { ...tally, step: progress.step, stepStartedAtMs: progress.stepStartedAtMs };
  return {
    id,
    phase: progress.phase,
    step: progress.step,
    percent: progress.percent,
    ...said(last),
    metrics: judgeCanary(rules, view, last.timeMs).metrics,
    pendingAction: progress.pendingAction,
    baselineDigest: progress.started.baselineDigest,
    candidateDigest: progress.started.candidateDigest,
    records: progress.sequence,
  };
}

function said({ verdict, reasonCode, reason }: PolicyCanaryBody) {
  return { verdict, reasonCode, reason };
}
