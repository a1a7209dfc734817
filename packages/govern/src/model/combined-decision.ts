import {
  type Decision,
  EventsError,
  joinDecisions,
  type PolicyReference,
  type RuleFinding,
} from '@spanforge/core-events';
import { joinLists } from './join-lists.js';

/** The joined decision of all controls: the strictest outcome and every obligation. */
export interface CombinedDecision {
  readonly decision: Decision;
  /** Ids of the records that hold the single decisions. */
  readonly ids: readonly string[];
  /** Controls that were not installed, or not reached because an earlier one had blocked. */
  readonly notAsked: readonly string[];
  /** The rules, or the controls, that ask for a person; empty where none does. */
  readonly askedBy: readonly string[];
  /** The rules that block or hold the call, as their policy answered; empty where none does. */
  readonly objections: readonly RuleFinding[];
  /** The bundle that decided, where one did. */
  readonly policy: PolicyReference | undefined;
  /** The error behind the decision, if any. */
  readonly cause: unknown;
}

/** A `block` that govern itself decides. */
export function blockDecision(reasonCode: string, reason: string): Decision {
  return { outcome: 'block', obligations: [], reason, reasonCode };
}

/** The decision when no control objects. */
export const NO_OBJECTION: Decision = Object.freeze({
  outcome: 'allow',
  obligations: Object.freeze([]),
  reason: 'No control objected.',
  reasonCode: 'allowed',
});

/** The decision when the evidence cannot be written. */
export const EVIDENCE_UNAVAILABLE = blockDecision(
  'evidence_unavailable',
  'The evidence of this call could not be recorded.',
);

/** The decision when the log was closed: nothing is wrong with it, but this governor is done. */
const LOG_CLOSED = blockDecision(
  'log_closed',
  'The evidence log was closed, so this governor takes no more calls.',
);

/** Why no service governs with the log, such as `rolled_back`; undefined for every other error. */
export function frozenReason(cause: unknown): string | undefined {
  const isFrozen = EventsError.is(cause) && cause.code === 'EVENTS_LOG_FROZEN';
  return isFrozen ? String(cause.details.reason) : undefined;
}

/** The decision when no service governs with the log: waiting does not help, an operator has to. */
function frozenDecision(reason: string): Decision {
  return blockDecision(
    'log_frozen',
    `The evidence log is frozen (${reason}), so calls can neither be recorded nor run. The operator has to act: the command "doctor" says what helps.`,
  );
}

/** The decision about a call that could not be recorded, by the error that kept it from being. */
export function unrecordedDecision(cause: unknown): Decision {
  const isClosed = EventsError.is(cause) && cause.code === 'EVENTS_LOG_CLOSED';
  if (isClosed) return LOG_CLOSED;
  const frozen = frozenReason(cause);
  return frozen === undefined ? EVIDENCE_UNAVAILABLE : frozenDecision(frozen);
}

/** The same combined decision with another outcome. */
export function withDecision(
  combined: CombinedDecision,
  decision: Decision,
  cause?: unknown,
): CombinedDecision {
  return { ...combined, decision, cause: cause === undefined ? combined.cause : cause };
}

/** What was decided before the tool ran and after it, joined. */
export function combineBoth(before: CombinedDecision, after: CombinedDecision): CombinedDecision {
  return {
    decision: joinDecisions(before.decision, after.decision),
    ids: joinLists(before.ids, after.ids),
    notAsked: joinLists(before.notAsked, after.notAsked),
    askedBy: joinLists(before.askedBy, after.askedBy),
    objections: [...before.objections, ...after.objections],
    policy: after.policy ?? before.policy,
    cause: before.cause ?? after.cause,
  };
}
