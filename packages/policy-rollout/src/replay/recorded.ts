import type { PastCall, PolicyRequest, RuleFinding } from '@spanforge/core-events';
import type { Ruling } from './change.js';

/**
 * Why a decision could not be made again:
 *
 * - `withheld`: the record commits to its request, which was withheld or erased;
 * - `not_recorded`: what was asked could not be recorded;
 * - `altered`: what is disclosed is not what the record commits to;
 * - `unreadable`: the record or its request is not of a form that is known here;
 * - `not_decided`: the service answered, not a policy, because it could not ask one;
 * - `other_environment`: the bundle does not govern where this was asked;
 * - `unknown_control`: a control that is not registered here;
 * - `facts_missing`: facts the rules read that can no longer be known;
 * - `counted`: counters the rules read that nobody counted then.
 */
export const NOT_REPLAYABLE = [
  'withheld',
  'not_recorded',
  'altered',
  'unreadable',
  'not_decided',
  'other_environment',
  'unknown_control',
  'facts_missing',
  'counted',
] as const;

/** One of the reasons of {@link NOT_REPLAYABLE}. */
export type NotReplayableReason = (typeof NOT_REPLAYABLE)[number];

/** A decision that cannot be made again, and what is missing for it. */
export interface NotReplayable {
  readonly reason: NotReplayableReason;
  /** Such as `request`, `facts.reservation` or `calls.get_reservation.result`. */
  readonly missing: readonly string[];
}

/** A rule that applied, and the action it counted as. */
export type DecidedRule = Pick<
  RuleFinding,
  'ruleId' | 'action' | 'finding' | 'threshold' | 'comparator' | 'observed' | 'values'
>;

/** What was decided, then or anew. */
export interface DecidedSide extends Ruling {
  readonly reason: string;
  readonly rules: readonly DecidedRule[];
}

/** What was decided then. */
export interface RecordedVerdict extends DecidedSide {
  /** Digest of the bundle that decided. */
  readonly digest?: string;
}

/** A call of the same trace, with what is still known about it. */
export interface EarlierCall {
  readonly tool: string;
  /** Absent if arguments or result are gone; `lost` says which. */
  readonly call?: PastCall;
  readonly lost?: 'args' | 'result';
}

/** More history for a decision; read only if facts need it. */
export interface RecordedHistory {
  /** The calls that were completed and released before the decision, oldest first. */
  calls(): readonly EarlierCall[] | Promise<readonly EarlierCall[]>;
  /** A bundle of the log by its digest; `undefined` if it is not there. */
  bundle(digest: string): unknown;
}

/** One recorded decision: the request, the verdict, and what is missing. */
export interface RecordedDecision {
  /** The id of the decision in reports. */
  readonly id: string;
  readonly traceId: string;
  readonly tenant: string;
  readonly service: string;
  readonly control: string;
  readonly tool?: string;
  /** The request; absent if `missing` says why. */
  readonly request?: PolicyRequest;
  readonly missing?: NotReplayable;
  /** The recorded verdict; absent for calls that no policy was asked about. */
  readonly before?: RecordedVerdict;
  readonly history?: RecordedHistory;
  /**
   * True for a decision about a result, which is made only if the decision before it allows the
   * call.
   */
  readonly ofResult?: boolean;
  /**
   * Deny tools that the bundle does not declare, if it declares any. A host of `govern` registers
   * its tools and `govern` denies others; recorded runs have no registrations.
   */
  readonly deniesUnknown?: boolean;
}
