import type { EvidenceContext, Recorder } from '@spanforge/core-events';
import type { Projection } from '@spanforge/core-events/log';
import { PolicyError } from '@spanforge/policy';
import { type ActionOptions, createActions } from './actions.js';
import type { CheckedCanaryConfig } from './config.js';
import {
  actedBody,
  judgedBody,
  judgeWith,
  startedBody,
  type Written,
  writeEvaluation,
} from './evaluation.js';
import type { CanaryJudgement } from './judge.js';
import type { PendingObservations } from './pending.js';
import type { CanaryReport } from './report.js';
import type { CanaryProgress, CanaryState } from './state.js';
import { toStatus } from './status.js';

interface Parts extends ActionOptions {
  readonly config: CheckedCanaryConfig;
  readonly recorder: Recorder;
  readonly context: EvidenceContext;
  readonly clock: () => number;
  readonly pending: PendingObservations;
  readonly projection: Projection<CanaryState>;
}

/** The part of the controller that writes and acts. */
export interface Check {
  check(): Promise<CanaryReport>;
  /** True after a rollback that could not be recorded: this process uses the baseline. */
  isStopped(): boolean;
}

/**
 * The largest number of attempts in one check. Each writes a record, or finds that another replica
 * did.
 */
const MAX_TURNS = 60;

export function createCheck(parts: Parts): Check {
  const { config, recorder, context, clock, pending, projection } = parts;
  const actions = createActions(parts);
  let unrecorded: CanaryJudgement | undefined;
  let running: Promise<CanaryReport> | undefined;

  async function evaluate(): Promise<CanaryReport> {
    for (let turn = 0; turn < MAX_TURNS; turn += 1) {
      let state: CanaryState;
      try {
        ({ state } = await projection.refresh());
      } catch {
        return held('state_unavailable', undefined);
      }
      if (state.unreadable) return held('state_unavailable', undefined);
      const report = await takeTurn(state.progress);
      if (report !== undefined) return report;
    }
    return held('contended', undefined);
  }

  /** Resolves when the check has ended. */
  async function takeTurn(progress: CanaryProgress | undefined): Promise<CanaryReport | undefined> {
    if (progress === undefined) {
      const written = await writeEvaluation(recorder, startedBody(config, clock()), context);
      return written === 'failed' ? held('evidence_unavailable', undefined) : undefined;
    }
    if (progress.started.configDigest !== config.digest) {
      const message = 'the log knows this canary with another salt, unit, rules or bundle';
      throw new PolicyError('POLICY_CANARY_CONFLICT', message);
    }
    if (progress.pendingAction !== 'none') return settle(progress);
    if (progress.phase === 'rolled_back' && actions.isActivatedHere()) {
      if (!(await actions.act('rollback'))) return held('action_failed', progress);
    }
    return progress.phase === 'running' ? judge(progress) : said(progress, true);
  }

  async function settle(progress: CanaryProgress): Promise<CanaryReport | undefined> {
    const { pendingAction } = progress;
    if (pendingAction === 'none') return undefined;
    if (!(await actions.act(pendingAction))) {
      // Nothing widens until it is done, but the present traffic stays watched.
      return pendingAction === 'activate' ? judge(progress) : held('action_failed', progress);
    }
    const written = await writeEvaluation(recorder, actedBody(config, progress, clock()), context);
    return written === 'failed' ? held('evidence_unavailable', progress) : undefined;
  }

  async function judge(progress: CanaryProgress): Promise<CanaryReport | undefined> {
    const nowMs = clock();
    const observed = pending.take(progress.step);
    const judgement = unrecorded ?? judgeWith(progress, observed, nowMs);
    const isActivating = progress.pendingAction === 'activate';
    if (isActivating && judgement.verdict !== 'rollback') return held('action_failed', progress);
    if (pending.size === 0 && !isNews(judgement, progress)) return said(progress, true);
    const body = judgedBody(config, progress, judgement, observed, nowMs);
    const written = await writeEvaluation(recorder, body, context);
    if (written === 'written') {
      pending.drop(observed);
      unrecorded = undefined;
    }
    return conclude(written, progress, judgement);
  }

  function conclude(
    written: Written,
    progress: CanaryProgress,
    judgement: CanaryJudgement,
  ): CanaryReport | undefined {
    if (written === 'failed') {
      if (judgement.verdict !== 'rollback') return held('evidence_unavailable', progress);
      unrecorded = judgement;
      const { verdict, reasonCode, reason } = judgement;
      const status = toStatus(config.id, progress);
      return { verdict, reasonCode, reason, recorded: false, status };
    }
    // Look again: there may be more to write, an action to take, or a record of another replica.
    return undefined;
  }

  function held(code: keyof typeof HELD, progress: CanaryProgress | undefined): CanaryReport {
    const report = { verdict: 'hold', reasonCode: code, reason: HELD[code] } as const;
    const recorded = code !== 'evidence_unavailable' && pending.size === 0;
    return progress === undefined
      ? { ...report, recorded }
      : { ...report, recorded, status: toStatus(config.id, progress) };
  }

  function said(progress: CanaryProgress, recorded: boolean): CanaryReport {
    const { verdict, reasonCode, reason } = progress.last;
    return { verdict, reasonCode, reason, recorded, status: toStatus(config.id, progress) };
  }

  return {
    /** One at a time: a request during a check gets the result of that check. */
    check() {
      running ??= evaluate().finally(() => {
        running = undefined;
      });
      return running;
    },
    isStopped: () => unrecorded !== undefined,
  };
}

/** Whether a judgement differs from the last record. */
function isNews({ verdict, reasonCode }: CanaryJudgement, { last }: CanaryProgress): boolean {
  // Two steps may pass for the same reason.
  if (verdict === 'advance' || verdict === 'rollback') return true;
  return verdict !== last.verdict || reasonCode !== last.reasonCode;
}

const HELD = {
  state_unavailable: 'How far the canary has come cannot be read.',
  evidence_unavailable: 'The look could not be recorded.',
  action_failed: 'What was decided could not be done yet.',
  contended: 'Other replicas were faster each time.',
} as const;
