import type { Obligation, Outcome, Receipt } from '@spanforge/core-events';
import type { AgentAdvice } from './advice.js';
import type { GovernMode } from './call.js';

/** What every result of a governed call contains, however it ended. */
export interface CallReport {
  readonly callId: string;
  readonly tool: string;
  readonly mode: GovernMode;
  /** True when the tool ran, however it ended. */
  readonly executed: boolean;
  /** The strictest outcome of all controls. In shadow mode, what would have happened. */
  readonly outcome: Outcome;
  readonly obligations: readonly Obligation[];
  readonly reason: string;
  readonly reasonCode: string;
  /** Ids of the records that hold the decisions. */
  readonly decisions: readonly string[];
  /** Positions of this call's records in the log; empty when none could be written. */
  readonly receipts: readonly Receipt[];
}

/** The tool ran and its ending is durable. The value is redacted where the decision asks for it. */
export interface CompletedCall<Value> extends CallReport {
  readonly status: 'completed';
  readonly value: Value;
  /** The approval this call consumed. */
  readonly reviewId?: string;
}

/** The tool did not run. */
export interface BlockedCall extends CallReport {
  readonly status: 'blocked';
  /** Advice for the agent beside the reason: whether the refusal is final, and what would help. */
  readonly advice?: AgentAdvice;
  readonly reviewId?: string;
  /** The underlying error, if any. It is never recorded. */
  readonly cause?: unknown;
}

/** The review of a held call, to be awaited. */
export interface ReviewHandle {
  readonly reviewId: string;
  /**
   * Resolves when the review is no longer pending, with the state it then has: `approved`,
   * `rejected`, `expired` or `consumed`. After `approved`, make the same call again.
   *
   * @param options `signal` gives up waiting; `pollMs` is how often the log is read, default 1000.
   * @throws the reason of the signal, and {@link EventsError} when the log cannot be read.
   */
  decided(options?: {
    readonly signal?: AbortSignal;
    readonly pollMs?: number;
  }): Promise<'approved' | 'rejected' | 'expired' | 'consumed'>;
}

/** The tool did not run; a person has to decide first. */
export interface HeldCall extends CallReport {
  readonly status: 'held';
  /** What the agent is told beside the reason. */
  readonly advice?: AgentAdvice;
  readonly reviewId: string;
  /** Waits for the person. Not enumerable: it is not part of a copied or serialised result. */
  readonly review?: ReviewHandle;
}

/** The tool ran, and its result is not released. */
export interface WithheldCall extends CallReport {
  readonly status: 'withheld';
  /** The review of the result, when a person has to decide. */
  readonly reviewId?: string;
  /** The underlying error, if any. It is never recorded. */
  readonly cause?: unknown;
}

/** The tool ran and threw. */
export interface FailedCall extends CallReport {
  readonly status: 'failed';
  readonly error: unknown;
}

/** The caller cancelled. If `executed` is true the tool may have had its effect. */
export interface CancelledCall extends CallReport {
  readonly status: 'cancelled';
}

/** The tool did not answer within `toolTimeoutMs`; it may have had its effect. */
export interface TimedOutCall extends CallReport {
  readonly status: 'timed_out';
}

/**
 * The tool answered with a stream that no control has to judge, so its parts are passed on as they
 * come. The stream closes, or fails, only after its ending is durable.
 */
export interface StreamingCall<Value> extends CallReport {
  readonly status: 'streaming';
  /** Read it to the end, or call `return()`: an abandoned stream has no ending on record. */
  readonly value: Value;
  /**
   * How the call ended. Rejects with `GOVERN_ENDING_NOT_RECORDED` when reading the end of the stream
   * does.
   */
  readonly ended: Promise<FinishedCall>;
}

/** A call whose tool was started, and how it ended. */
export type FinishedCall =
  | CompletedCall<unknown>
  | WithheldCall
  | FailedCall
  | CancelledCall
  | TimedOutCall;

/** How a governed call ended. A denial is a value. */
export type GovernedResult<Value> =
  | CompletedCall<Value>
  | StreamingCall<Value>
  | BlockedCall
  | HeldCall
  | WithheldCall
  | FailedCall
  | CancelledCall
  | TimedOutCall;
