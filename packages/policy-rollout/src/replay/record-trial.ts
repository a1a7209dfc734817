import type {
  EvidenceContext,
  PolicyReference,
  RecordDraft,
  Recorder,
} from '@spanforge/core-events';
import {
  policyComparisonV1,
  policyReplayV1,
  policySimulationV1,
} from '@spanforge/core-events/records';
import type { ReplayReport } from './report.js';
import type { SimulationReport } from './simulate.js';

/** The digests of what a trial of a policy read and wrote, and the recorder. */
export interface TrialScope {
  readonly recorder: Recorder;
  /** Its run and trace are those of the trial; its environment is the candidate's. */
  readonly context: EvidenceContext;
  /** The source of the traffic. */
  readonly source: 'log' | 'runs';
  /** The digest of what was read: `inputDigest()` of a log, or SHA-256 of the runs file; hex. */
  readonly inputSha256: string;
  /** SHA-256 of the report in which each decision stands; hex. */
  readonly reportSha256: string;
}

/** The receipt of a trial's record. */
export interface RecordedTrial {
  readonly id: string;
  readonly index: number;
}

/**
 * Records the result of `replay` or `comparePolicies` as `spanforge.policy.comparison.v1` with mode
 * `replay`: counts and digests, no decision. Resolves when it is durable.
 *
 * @throws {EventsError} as the recorder does.
 */
export function recordReplay(report: ReplayReport, scope: TrialScope): Promise<RecordedTrial> {
  const { candidate, baseline, decisions, counts, reasons, before, after } = report;
  const { source, inputSha256, reportSha256 } = scope;
  const body = policyComparisonV1.toWire({
    candidateDigest: candidate.digest,
    ...(baseline === undefined ? {} : { baselineDigest: baseline.digest }),
    ...{ source, inputSha256, reportSha256, decisions },
    ...{ same: counts.same, stricter: counts.stricter, looser: counts.looser },
    notReplayable: counts.not_replayable,
    reasons: { ...reasons } as Record<string, number>,
    outcomesBefore: { ...before } as Record<string, number>,
    outcomesAfter: { ...after } as Record<string, number>,
  });
  return append(scope, candidate, { type: policyComparisonV1.key, mode: 'replay', body });
}

/**
 * Records the result of `simulate` as `spanforge.policy.simulation.v1` with mode `simulate`.
 * Otherwise as {@link recordReplay}.
 */
export function recordSimulation(
  report: SimulationReport,
  scope: TrialScope,
): Promise<RecordedTrial> {
  const { candidate, decisions, outcomes, indeterminate, notReplayable, reasons } = report;
  const { source, inputSha256, reportSha256 } = scope;
  const body = policySimulationV1.toWire({
    policyDigest: candidate.digest,
    ...{ source, inputSha256, reportSha256, decisions, indeterminate, notReplayable },
    outcomes: { ...outcomes } as Record<string, number>,
    reasons: { ...reasons } as Record<string, number>,
  });
  return append(scope, candidate, { type: policySimulationV1.key, mode: 'simulate', body });
}

/** The verdicts of one bundle on the calls of a runs file, counted. */
export interface RunsReplay {
  readonly policy: PolicyReference;
  readonly runs: number;
  readonly calls: number;
  /** Calls by outcome. */
  readonly outcomes: Readonly<Record<string, number>>;
  /** Calls for which a rule could not be decided. */
  readonly indeterminate: number;
  /** Calls by rule that applied. */
  readonly rules: Readonly<Record<string, number>>;
}

/**
 * Records the verdicts of a bundle on a runs file as `spanforge.policy.replay.v1` with mode
 * `replay`. Otherwise as {@link recordReplay}.
 */
export function recordRunsReplay(
  { policy, runs, calls, outcomes, indeterminate, rules }: RunsReplay,
  scope: Omit<TrialScope, 'source'>,
): Promise<RecordedTrial> {
  const { inputSha256, reportSha256 } = scope;
  const body = policyReplayV1.toWire({
    policyDigest: policy.digest,
    ...{ inputSha256, reportSha256, runs, calls, indeterminate },
    outcomes: { ...outcomes },
    rules: { ...rules },
  });
  return append(scope, policy, { type: policyReplayV1.key, mode: 'replay', body });
}

async function append(
  { recorder, context }: Omit<TrialScope, 'source'>,
  policy: PolicyReference,
  draft: Pick<RecordDraft, 'type' | 'mode' | 'body'>,
): Promise<RecordedTrial> {
  const appended = await recorder.append([{ ...draft, policy, context }]);
  const [receipt] = await appended.receipts;
  if (receipt === undefined) throw new Error('unreachable: one record was appended');
  return { id: receipt.id, index: receipt.index };
}
