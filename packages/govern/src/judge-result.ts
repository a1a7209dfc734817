import { joinDecisions, type Outcome } from '@spanforge/core-events';
import type { Stage } from '@spanforge/core-events/log';
import type { Action } from './action.js';
import { joinLists } from './join-lists.js';
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

function together(before: Judgement, after: Judgement): Judgement {
  return {
    decision: joinDecisions(before.decision, after.decision),
    ids: joinLists(before.ids, after.ids),
    notAsked: joinLists(before.notAsked, after.notAsked),
    policy: after.policy ?? before.policy,
    cause: before.cause ?? after.cause,
  };
}

/** Asks the controls that judge results, and joins what they say to what was said before. */
export function judgeResult(
  action: Action,
  stage: Stage,
  before: Judgement,
  value: unknown,
): Promise<JudgedResult> | JudgedResult {
  const { call, setup } = action;
  const snapshot = hold(action, value);
  if (setup.after.length === 0) return { snapshot, judgement: before, outcome: 'allow' };
  const limitMs = setup.controlTimeoutMs;
  const asking = { call, result: snapshot.described, recorder: stage, limitMs };
  // The tool has run: a caller who gives up now does not spare its result the controls.
  return judge(setup.after, asking, undefined).then((after) => ({
    snapshot,
    judgement: together(before, after),
    outcome: after.decision.outcome,
  }));
}
