import type { Obligation, Outcome, Receipt } from '@spanforge/core-events';
import type { GovernMode } from './call.js';

/** What is known of every governed call, however it ended. */
export interface CallReport {
  readonly callId: string;
  readonly tool: string;
  readonly mode: GovernMode;
  /** True when the tool was run, whatever became of it. */
  readonly executed: boolean;
  /** The strictest outcome of all controls; in shadow mode, what would have happened. */
  readonly outcome: Outcome;
  readonly obligations: readonly Obligation[];
  readonly reason: string;
  readonly reasonCode: string;
  /** Ids of the records that hold the decisions. */
  readonly decisions: readonly string[];
  /** Where the records of this call stand; empty when none could be made. */
  readonly receipts: readonly Receipt[];
}

/** The tool ran, its ending is durable, and here is what it answered, redacted where so decided. */
export interface CompletedCall<Value> extends CallReport {
  readonly status: 'completed';
  readonly value: Value;
  /** The approval this call consumed. */
  readonly reviewId?: string;
}

/** The tool was not run. */
export interface BlockedCall extends CallReport {
  readonly status: 'blocked';
  readonly reviewId?: string;
  /** The error behind it, where there is one; never recorded. */
  readonly cause?: unknown;
}

/** The tool was not run; a person has to decide first. */
export interface HeldCall extends CallReport {
  readonly status: 'held';
  readonly reviewId: string;
}

/** The tool ran, and what it answered is not released. */
export interface WithheldCall extends CallReport {
  readonly status: 'withheld';
  /** The review of the result, where a person has to decide. */
  readonly reviewId?: string;
  /** The error behind it, where there is one; never recorded. */
  readonly cause?: unknown;
}

/** The tool ran and threw. */
export interface FailedCall extends CallReport {
  readonly status: 'failed';
  readonly error: unknown;
}

/** The caller gave up; where `executed` is true the tool may have had its effect. */
export interface CancelledCall extends CallReport {
  readonly status: 'cancelled';
}

/** The tool did not answer within `toolTimeoutMs`; it may have had its effect. */
export interface TimedOutCall extends CallReport {
  readonly status: 'timed_out';
}

/**
 * The tool answered with a stream that nobody has to judge, and its parts come as it makes them.
 * The close of the stream waits for the ending to be durable, and so does its error.
 */
export interface StreamingCall<Value> extends CallReport {
  readonly status: 'streaming';
  /** To be read to its end, or returned: a stream left lying has no ending on record. */
  readonly value: Value;
  /**
   * What became of the call in the end. Rejects with `GOVERN_ENDING_NOT_RECORDED`, as reading the
   * close of the stream then does.
   */
  readonly ended: Promise<
    Exclude<GovernedResult<unknown>, { status: 'blocked' | 'held' | 'streaming' }>
  >;
}

/** What became of a governed call. A denial is a value. */
export type GovernedResult<Value> =
  | CompletedCall<Value>
  | StreamingCall<Value>
  | BlockedCall
  | HeldCall
  | WithheldCall
  | FailedCall
  | CancelledCall
  | TimedOutCall;
