import { joinDecisions, type Outcome } from '@spanforge/core-events';
import type { Stage } from '@spanforge/core-events/log';
import { type Action, blocked } from './action.js';
import type { Question } from './ask.js';
import { joinLists } from './join-lists.js';
import { type Judgement, judge } from './judge.js';
import { joinLabels, labelResult } from './past/labels.js';
import { type Snapshot, takeSnapshot } from './snapshot.js';

/** A result, held still, and what the controls said about it. */
export interface JudgedResult {
  readonly snapshot: Snapshot;
  /** What was said before the tool ran and after it, together. */
  readonly judgement: Judgement;
  /** What was said about the result alone. */
  readonly outcome: Outcome;
  /** Of the result; absent where nobody follows labels. */
  readonly labels: readonly string[];
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

const NOT_LABELLED = blocked('control_failed', 'The labels of the result could not be determined.');

/** What a tool's operator says of everything it answers. */
export function outputLabels({ options }: Action['tool']): readonly string[] {
  const { output, outputLabels: own = [] } = options;
  return output === 'untrusted' ? [...own, 'untrusted'] : own;
}

interface Labelled {
  readonly labels: readonly string[];
  /** Set where they could not be determined. */
  readonly failure?: { readonly cause: unknown };
}

function labelsOf({ call, setup, tool, said }: Action, result: unknown): Labelled {
  const own = outputLabels(tool);
  if (setup.labels === undefined && own.length === 0) return { labels: call.labels };
  try {
    // What was declassified is no longer said.
    const stands = said.filter((label) => call.labels.includes(label));
    return { labels: labelResult(setup.labels, call, result, [...stands, ...own]) };
  } catch (cause) {
    return { labels: [...new Set([...call.labels, ...own])], failure: { cause } };
  }
}

/** Labels of an error: it gives away no more than a result would have. */
export function labelsOfFailure({ call, tool }: Action): readonly string[] {
  return joinLabels(call.labels, outputLabels(tool));
}

function unlabelled(before: Judgement, cause: unknown): Judgement {
  const { decision } = before;
  return {
    ...before,
    decision: joinDecisions(decision, NOT_LABELLED),
    cause: before.cause ?? cause,
  };
}

function unasked(before: Judgement, questions: readonly Question[]): Judgement {
  const names = questions.map(({ name }) => name);
  return { ...before, notAsked: joinLists(before.notAsked, names) };
}

/**
 * Asks the controls that judge results, and joins what they say to what was said before. Where the
 * caller has `passed` the result on already, there is nothing left to ask.
 */
export function judgeResult(
  action: Action,
  stage: Stage,
  before: Judgement,
  value: unknown,
  passed = false,
): Promise<JudgedResult> | JudgedResult {
  const { call, setup } = action;
  const snapshot = hold(action, value);
  const { labels, failure } = labelsOf(action, snapshot.described);
  if (passed) {
    return { snapshot, judgement: unasked(before, setup.after), outcome: 'allow', labels };
  }
  if (failure) {
    const judgement = unlabelled(unasked(before, setup.after), failure.cause);
    return { snapshot, judgement, outcome: 'block', labels };
  }
  if (setup.after.length === 0) return { snapshot, judgement: before, outcome: 'allow', labels };
  const limitMs = setup.controlTimeoutMs;
  const about = labels === call.labels ? call : { ...call, labels };
  const asking = { call: about, result: snapshot.described, recorder: stage, limitMs };
  // The tool has run: a caller who gives up now does not spare its result the controls.
  return judge(setup.after, asking, undefined).then((after) => ({
    snapshot,
    judgement: together(before, after),
    outcome: after.decision.outcome,
    labels,
  }));
}
