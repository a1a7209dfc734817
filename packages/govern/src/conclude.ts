import { type Obligation, type RecordDraft, strictness } from '@spanforge/core-events';
import type { Action } from './action.js';
import { type Approval, type Ending, requestedDraft } from './drafts.js';
import { GovernError } from './error.js';
import type { Run } from './execute.js';
import type { Judgement } from './judge.js';
import { type JudgedResult, labelsOfFailure } from './judge-result.js';
import { redact, redactionsFor } from './redact.js';
import type { CallReport, GovernedResult } from './result.js';
import { takeSnapshot } from './snapshot.js';
import type { HeldStream } from './stream/collect.js';
import { rebuildStream } from './stream/rebuild.js';

/** What a call whose tool was begun can come to. */
export type RanCall = Exclude<
  GovernedResult<unknown>,
  { status: 'blocked' | 'held' | 'streaming' }
>;

/** How a call ends: what goes on record, and what is then answered. */
export interface Conclusion {
  readonly judgement: Judgement;
  readonly ending: Ending;
  /** The request for a person to look at the result. */
  readonly request?: RecordDraft;
  readonly answer: (report: CallReport) => RanCall;
}

function resultRedactions(action: Action, obligations: readonly Obligation[]) {
  return action.call.mode === 'shadow' ? [] : redactionsFor(obligations, 'result');
}

function release(
  action: Action,
  { judgement, snapshot, labels }: JudgedResult,
  approval: Approval | undefined,
  held: HeldStream | undefined,
): Conclusion {
  const { setup } = action;
  const { disclose, describe, detect } = setup;
  const redactions = resultRedactions(action, judgement.decision.obligations);
  const changed = redactions.length > 0;
  const content = redact(snapshot.value, redactions, detect);
  const value = held ? rebuildStream(held, content, changed) : content;
  const status = 'completed';
  const reviewId = approval?.reviewId;
  const result = disclose('result', snapshot.described);
  const released = changed
    ? { released: disclose('released', takeSnapshot(content, describe).described) }
    : {};
  return {
    judgement,
    ending: { status, executed: true, reviewId, labels, value: result, ...released },
    answer: (report) =>
      reviewId === undefined
        ? { ...report, status, value }
        : { ...report, status, value, reviewId },
  };
}

function withhold(
  action: Action,
  { judgement, snapshot, outcome, labels }: JudgedResult,
): Conclusion {
  const reviewId = outcome === 'human_review' ? action.setup.ids() : undefined;
  const review = reviewId === undefined ? {} : { reviewId };
  const cause = judgement.cause === undefined ? {} : { cause: judgement.cause };
  const request = reviewId && requestedDraft(action, judgement, reviewId, snapshot);
  return {
    judgement,
    ending: {
      status: 'withheld',
      executed: true,
      ...review,
      labels,
      value: action.setup.disclose('result', snapshot.described),
    },
    ...(request ? { request } : {}),
    answer: (report) => ({ ...report, status: 'withheld', ...review, ...cause }),
  };
}

/** Ends a call whose tool answered: its result is released, redacted where so decided, or not. */
export function concludeResult(
  action: Action,
  judged: JudgedResult,
  approval: Approval | undefined,
  held?: HeldStream,
): Conclusion {
  const free = strictness(judged.outcome) < strictness('human_review');
  return free || action.call.mode === 'shadow'
    ? release(action, judged, approval, held)
    : withhold(action, judged);
}

const MAX_NAME = 128;

function describeError(error: unknown): { name: string; message: string } {
  if (!(error instanceof Error)) return { name: typeof error, message: '' };
  const name = typeof error.name === 'string' && error.name !== '' ? error.name : 'Error';
  const message = typeof error.message === 'string' ? error.message : '';
  return { name: name.slice(0, MAX_NAME).toWellFormed(), message: message.toWellFormed() };
}

function concludeFailure(action: Action, judgement: Judgement, error: unknown): Conclusion {
  const { name, message } = describeError(error);
  const { tool, callId } = action.call;
  // What may not be seen in a result may not be seen in the error either.
  const hidden = resultRedactions(action, judgement.decision.obligations).length > 0;
  const details = { tool, callId };
  const shown = hidden
    ? new GovernError('GOVERN_TOOL_FAILED', 'the tool failed', { details })
    : error;
  return {
    judgement,
    ending: {
      status: 'failed',
      executed: true,
      errorName: name,
      labels: labelsOfFailure(action),
      value: action.setup.disclose('error', { name, message }),
    },
    answer: (report) => ({ ...report, status: 'failed', error: shown }),
  };
}

/** Ends a call whose tool gave no answer. */
export function concludeWithout(
  action: Action,
  judgement: Judgement,
  run: Exclude<Run, { status: 'completed' }>,
): Conclusion {
  if (run.status === 'failed') return concludeFailure(action, judgement, run.error);
  const { status, executed } = run;
  return { judgement, ending: { status, executed }, answer: (report) => ({ ...report, status }) };
}
