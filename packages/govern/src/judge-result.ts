import { joinDecisions, type Outcome } from '@spanforge/core-events';
import type { Stage } from '@spanforge/core-events/log';
import type { Action } from './action.js';
import { type Judgement, judge } from './judge.js';
import { type Snapshot, takeSnapshot } from './snapshot.js';

/** A result, held still, and what the controls said about it. */
export interface JudgedResult {
  readonly snapshot: Snapshot;
  /** What was said before the tool ran and after it, together. */
  readonly judgement: Judgement;
  /** What was said about the result alone. */
  readonly outcome: Outcome;
}

function hold(action: Action, value: unknown): Snapshot {
  try {
    return takeSnapshot(value, action.setup.describe);
  } catch {
    return { value, described: { unrecordable: 'result' }, exact: false };
  }
}

/** Asks the controls that judge results, and joins what they say to what was said before. */
export async function judgeResult(
  action: Action,
  stage: Stage,
  before: Judgement,
  value: unknown,
): Promise<JudgedResult> {
  const { call, setup } = action;
  const snapshot = hold(action, value);
  const questions = setup.after(call, snapshot.described);
  if (questions.length === 0) return { snapshot, judgement: before, outcome: 'allow' };
  const options = { recorder: stage, mode: call.mode, limitMs: setup.controlTimeoutMs };
  // The tool has run: a caller who gives up now does not spare its result the controls.
  const after = await judge(questions, options, undefined);
  const cause = before.cause ?? after.cause;
  const policy = after.policy ?? before.policy;
  const judgement: Judgement = {
    decision: joinDecisions(before.decision, after.decision),
    ids: [...before.ids, ...after.ids],
    notAsked: [...before.notAsked, ...after.notAsked],
    ...(policy ? { policy } : {}),
    ...(cause === undefined ? {} : { cause }),
  };
  return { snapshot, judgement, outcome: after.decision.outcome };
}
