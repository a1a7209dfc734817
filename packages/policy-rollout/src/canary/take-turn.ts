import type {
  EvidenceContext,
  EvidenceReader,
  RecordDraft,
  Recorder,
} from '@spanforge/core-events';
import type { CanaryActions } from './actions.js';
import { conflictError } from './arm-verdicts.js';
import { loadedDrafts } from './bundles-on-record.js';
import { type HeldCode, heldReport, lastReport, unrecordedReport } from './check-report.js';
import type { CheckedCanaryConfig } from './config.js';
import { actedBody, judgedBody, judgeWith, startedBody, writeEvaluation } from './evaluation.js';
import type { CanaryJudgement } from './judge.js';
import type { PendingObservations } from './pending.js';
import type { CanaryReport } from './report.js';
import type { CanaryProgress } from './state.js';

/** What a turn needs, and what it leaves for the next. */
export interface TurnParts {
  readonly config: CheckedCanaryConfig;
  readonly recorder: Recorder;
  readonly reader: EvidenceReader;
  readonly context: EvidenceContext;
  readonly clock: () => number;
  readonly pending: PendingObservations;
  readonly actions: CanaryActions;
  /** A rollback that could not be recorded: this process uses the baseline until it is. */
  unrecorded: CanaryJudgement | undefined;
}

/** A look that could not conclude. */
export function hold(
  { config, pending }: TurnParts,
  code: HeldCode,
  progress?: CanaryProgress,
): CanaryReport {
  return heldReport(config.id, code, progress, pending.size === 0);
}

/** Whether a judgement differs from the last record. */
function isNews({ verdict, reasonCode }: CanaryJudgement, { last }: CanaryProgress): boolean {
  // Two steps may pass for the same reason.
  if (verdict === 'advance' || verdict === 'rollback') return true;
  return verdict !== last.verdict || reasonCode !== last.reasonCode;
}

/** Judges what was observed, and records the judgement if it is news. */
async function judge(
  parts: TurnParts,
  progress: CanaryProgress,
): Promise<CanaryReport | undefined> {
  const { config, recorder, context, pending } = parts;
  const nowMs = parts.clock();
  const observed = pending.take(progress.step);
  const judgement = parts.unrecorded ?? judgeWith(progress, observed, nowMs);
  const isRollback = judgement.verdict === 'rollback';
  if (progress.pendingAction === 'activate' && !isRollback) {
    return hold(parts, 'action_failed', progress);
  }
  if (pending.size === 0 && !isNews(judgement, progress)) return lastReport(config.id, progress);
  const body = judgedBody(config, progress, judgement, observed, nowMs);
  const written = await writeEvaluation(recorder, body, context);
  if (written === 'written') {
    pending.drop(observed);
    parts.unrecorded = undefined;
  }
  // Look again: there may be more to write, an action to take, or a record of another replica.
  if (written !== 'failed') return undefined;
  if (!isRollback) return hold(parts, 'evidence_unavailable', progress);
  parts.unrecorded = judgement;
  return unrecordedReport(config.id, judgement, progress);
}

/** Does what was decided before, and records that it is done. */
async function settle(
  parts: TurnParts,
  action: Exclude<CanaryProgress['pendingAction'], 'none'>,
  progress: CanaryProgress,
): Promise<CanaryReport | undefined> {
  const { actions, recorder, config, context, clock } = parts;
  if (!(await actions.act(action))) {
    // Nothing widens until it is done, but the present traffic stays watched.
    return action === 'activate' ? judge(parts, progress) : hold(parts, 'action_failed', progress);
  }
  const written = await writeEvaluation(recorder, actedBody(config, progress, clock()), context);
  return written === 'failed' ? hold(parts, 'evidence_unavailable', progress) : undefined;
}

/** Begins the canary, with the bundles by which it will decide on record. */
async function begin(parts: TurnParts): Promise<CanaryReport | undefined> {
  const { config, recorder, reader, context, clock } = parts;
  let loaded: readonly RecordDraft[];
  try {
    loaded = await loadedDrafts(config, reader, context);
  } catch {
    return hold(parts, 'state_unavailable');
  }
  const written = await writeEvaluation(recorder, startedBody(config, clock()), context, loaded);
  return written === 'failed' ? hold(parts, 'evidence_unavailable') : undefined;
}

/**
 * One turn of a look: begins the canary, does what is pending, or judges. Undefined where there may be
 * more to do.
 *
 * @throws {PolicyError} `POLICY_CANARY_CONFLICT`.
 */
export async function takeTurn(
  parts: TurnParts,
  progress: CanaryProgress | undefined,
): Promise<CanaryReport | undefined> {
  const { config, actions } = parts;
  if (progress === undefined) return begin(parts);
  if (progress.started.configDigest !== config.digest) throw conflictError();
  const { pendingAction, phase } = progress;
  if (pendingAction !== 'none') return settle(parts, pendingAction, progress);
  if (phase === 'rolled_back' && actions.isActivatedHere()) {
    if (!(await actions.act('rollback'))) return hold(parts, 'action_failed', progress);
  }
  return phase === 'running' ? judge(parts, progress) : lastReport(config.id, progress);
}
