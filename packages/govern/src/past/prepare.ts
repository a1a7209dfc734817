import { within } from '@spanforge/core-events';
import { type Action, blocked } from '../action.js';
import type { GovernedCall } from '../call.js';
import { GovernError } from '../error.js';
import type { Declassification } from '../review-state.js';
import { type CallLabels, labelCall, withoutLabels } from './labels.js';
import { factsOf, labelledCalls, type PastTrace } from './past-trace.js';

const UNREADABLE = blocked(
  'evidence_unavailable',
  'The earlier calls of this trace could not be read from the evidence.',
);
const NOT_LABELLED = blocked('control_failed', 'The labels of this call could not be determined.');

const tooLate = (): GovernError =>
  new GovernError('GOVERN_LOG_TIMED_OUT', 'the evidence log did not answer in time');

function withCall(action: Action, more: Partial<GovernedCall>, rest?: Partial<Action>): Action {
  return { ...action, ...rest, call: { ...action.call, ...more } };
}

/** Approvals that take labels away from calls like this one; none where they cannot be read. */
async function findDeclassifications(action: Action): Promise<readonly Declassification[]> {
  const { setup, call } = action;
  try {
    return await within(
      setup.commitTimeoutMs,
      () => setup.reviews.declassified(call.context),
      tooLate,
    );
  } catch {
    return [];
  }
}

async function declassify(action: Action, { labels, via }: CallLabels): Promise<Action> {
  const approved = await findDeclassifications(action);
  let left = labels;
  const declassifiedBy: string[] = [];
  for (const { reviewId, labels: removed } of approved) {
    const without = withoutLabels(left, new Set(removed));
    if (without.length < left.length) declassifiedBy.push(reviewId);
    left = without;
  }
  return withCall(action, { labels: left }, { via, declassifiedBy });
}

function withPast(action: Action, past: PastTrace): Action | Promise<Action> {
  const { setup, call } = action;
  const empty = past.entries.length === 0 && past.carried.length === 0;
  try {
    const calls = factsOf(past);
    const known = calls === undefined ? action : withCall(action, { calls });
    if (empty && setup.labels === undefined && call.labels.length === 0) return known;
    const found = labelCall(setup.labels, known.call, setup.labels ? labelledCalls(past) : []);
    return found.labels.length === 0 ? known : declassify(known, found);
  } catch (cause) {
    return { ...action, refusal: NOT_LABELLED, cause };
  }
}

/**
 * Adds to a call what the trace knows so far: its facts, and the labels that came with them. A
 * past that cannot be read blocks the call. At once, where nothing has to be read.
 */
export function prepare(action: Action): Action | Promise<Action> {
  const { setup, call, refusal } = action;
  if (setup.traces === undefined || refusal) return action;
  const past = setup.traces.past(call.context);
  if (!(past instanceof Promise)) return withPast(action, past);
  return past.then(
    (trace) => withPast(action, trace),
    (cause: unknown) => ({ ...action, refusal: UNREADABLE, cause }),
  );
}
