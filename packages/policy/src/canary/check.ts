import { type EvidenceContext, type Recorder, within } from '@spanforge/core-events';
import type { Projection } from '@spanforge/core-events/log';
import { PolicyError } from '../error.js';
import type { CanaryReport } from './canary.js';
import type { CanaryJudgement } from './judge.js';
import type { Ledger, Progress } from './ledger.js';
import { actedBody, judgedBody, judgeWith, startedBody, type Written, writeLook } from './look.js';
import type { CanaryOptions, CanaryTerms } from './options.js';
import type { Pending } from './pending.js';
import { toStatus } from './status.js';

interface Parts
  extends Pick<CanaryOptions, 'activate' | 'rollback' | 'rollbackVersion' | 'actionTimeoutMs'> {
  readonly terms: CanaryTerms;
  readonly recorder: Recorder;
  readonly context: EvidenceContext;
  readonly clock: () => number;
  readonly pending: Pending;
  readonly state: Projection<Ledger>;
}

/** The half of the controller that writes and acts. */
export interface Check {
  check(): Promise<CanaryReport>;
  /** True from a rollback that could not be recorded on: this process keeps to the baseline. */
  isStopped(): boolean;
}

/** Turns of one look: each writes a record, or finds that another replica was faster. */
const MAX_TURNS = 60;
const DEFAULT_ACTION_TIMEOUT_MS = 30_000;

export function createCheck(parts: Parts): Check {
  const { terms, recorder, context, clock, pending, state } = parts;
  let unrecorded: CanaryJudgement | undefined;
  /** An activation by this process that may have come after another replica's rollback. */
  let isActivatedHere = false;
  let running: Promise<CanaryReport> | undefined;

  async function look(): Promise<CanaryReport> {
    for (let turn = 0; turn < MAX_TURNS; turn += 1) {
      let ledger: Ledger;
      try {
        ledger = (await state.refresh()).state;
      } catch {
        return held('state_unavailable', undefined);
      }
      if (ledger.unreadable) return held('state_unavailable', undefined);
      const report = await takeTurn(ledger.progress);
      if (report !== undefined) return report;
    }
    return held('contended', undefined);
  }

  /** Answers when the look is over. */
  async function takeTurn(progress: Progress | undefined): Promise<CanaryReport | undefined> {
    if (progress === undefined) {
      const written = await writeLook(recorder, startedBody(terms, clock()), context);
      return written === 'failed' ? held('evidence_unavailable', undefined) : undefined;
    }
    if (progress.started.configDigest !== terms.digest) {
      const message = 'The log knows this canary with another salt, unit, rules or bundle.';
      throw new PolicyError('POLICY_CANARY_CONFLICT', message);
    }
    if (progress.owed !== 'none') return settle(progress);
    if (progress.phase === 'rolled_back' && isActivatedHere) {
      if (!(await act('rollback'))) return held('action_failed', progress);
    }
    return progress.phase === 'running' ? judge(progress) : said(progress, true);
  }

  async function settle(progress: Progress): Promise<CanaryReport | undefined> {
    const { owed } = progress;
    if (owed === 'none') return undefined;
    if (!(await act(owed))) {
      // Nothing widens while it is not done, but the traffic there is stays watched.
      return owed === 'activate' ? judge(progress) : held('action_failed', progress);
    }
    const written = await writeLook(recorder, actedBody(terms, progress, clock()), context);
    return written === 'failed' ? held('evidence_unavailable', progress) : undefined;
  }

  async function judge(progress: Progress): Promise<CanaryReport | undefined> {
    const nowMs = clock();
    const observed = pending.take(progress.step);
    const judgement = unrecorded ?? judgeWith(progress, observed, nowMs);
    const isOwing = progress.owed === 'activate';
    if (isOwing && judgement.verdict !== 'rollback') return held('action_failed', progress);
    if (pending.size === 0 && !isNews(judgement, progress)) return said(progress, true);
    const body = judgedBody(terms, progress, judgement, observed, nowMs);
    const written = await writeLook(recorder, body, context);
    if (written === 'written') {
      pending.drop(observed);
      unrecorded = undefined;
    }
    return conclude(written, progress, judgement);
  }

  function conclude(
    written: Written,
    progress: Progress,
    judgement: CanaryJudgement,
  ): CanaryReport | undefined {
    if (written === 'failed') {
      if (judgement.verdict !== 'rollback') return held('evidence_unavailable', progress);
      unrecorded = judgement;
      const { verdict, reasonCode, reason } = judgement;
      const status = toStatus(terms.id, progress);
      return { verdict, reasonCode, reason, recorded: false, status };
    }
    // Looked at again: there may be more to write, something to do, or another replica's record.
    return undefined;
  }

  async function act(what: 'activate' | 'rollback'): Promise<boolean> {
    const limitMs = parts.actionTimeoutMs ?? DEFAULT_ACTION_TIMEOUT_MS;
    try {
      await within(limitMs, async () => {
        if (what === 'activate') {
          await parts.activate();
          isActivatedHere = true;
          return;
        }
        isActivatedHere = false;
        await Promise.all([parts.rollback(), parts.rollbackVersion?.()]);
      });
      return true;
    } catch {
      return false;
    }
  }

  function held(code: keyof typeof HELD, progress: Progress | undefined): CanaryReport {
    const report = { verdict: 'hold', reasonCode: code, reason: HELD[code] } as const;
    const recorded = code !== 'evidence_unavailable' && pending.size === 0;
    return progress === undefined
      ? { ...report, recorded }
      : { ...report, recorded, status: toStatus(terms.id, progress) };
  }

  function said(progress: Progress, recorded: boolean): CanaryReport {
    const { verdict, reasonCode, reason } = progress.last;
    return { verdict, reasonCode, reason, recorded, status: toStatus(terms.id, progress) };
  }

  return {
    /** One at a time: a look that is asked for during another is that other. */
    check() {
      running ??= look().finally(() => {
        running = undefined;
      });
      return running;
    },
    isStopped: () => unrecorded !== undefined,
  };
}

/** Whether a judgement says anything that the last record does not. */
function isNews({ verdict, reasonCode }: CanaryJudgement, { last }: Progress): boolean {
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
