import {
  type Appended,
  type AppendOptions,
  type Awaitable,
  andThen,
  EventsError,
  promised,
  type Receipt,
  type TimeLimit,
  valueAtOnce,
} from '@spanforge/core-events';
import type { Stage } from '@spanforge/core-events/log';
import { GovernError } from '../error.js';
import { withinLogLimit } from './log-time-limit.js';

/** How a commit went. */
export type CommitResult =
  | { readonly kind: 'stored'; readonly receipts: readonly Receipt[] }
  /** The same call was started before, with these records. */
  | {
      readonly kind: 'duplicate';
      readonly receipts: readonly Receipt[];
      readonly cause: undefined;
    }
  /** The call id belongs to another call. */
  | { readonly kind: 'conflict'; readonly cause: unknown }
  /** Somebody else took the claim. */
  | { readonly kind: 'claimed'; readonly cause: unknown }
  | { readonly kind: 'failed'; readonly cause: unknown }
  /** The log did not answer in time; `late` is what it answers in the end. */
  | { readonly kind: 'timed_out'; readonly cause: unknown; readonly late: Promise<CarriedCommit> };

const REFUSALS: Readonly<Record<string, 'conflict' | 'claimed'>> = {
  EVENTS_IDEMPOTENCY_CONFLICT: 'conflict',
  EVENTS_CLAIM_TAKEN: 'claimed',
};

/** What the log answers once a commit is durable. */
export interface CarriedCommit {
  readonly appended: Appended;
  readonly receipts: readonly Receipt[];
}

const carried = (appended: Appended): Awaitable<CarriedCommit> =>
  andThen(valueAtOnce(appended.receipts), (receipts) => ({ appended, receipts }));

/** Commits a stage and says how it went. Never rejects, and never waits longer than the limit. */
export async function commitStage(
  stage: Stage,
  options: AppendOptions,
  limit: TimeLimit,
): Promise<CommitResult> {
  const committing = promised(() => stage.commit(options).then(carried));
  try {
    const { appended, receipts } = await withinLogLimit(limit, committing);
    if (appended.duplicate) return { kind: 'duplicate', receipts, cause: undefined };
    return { kind: 'stored', receipts };
  } catch (cause) {
    const refusal = EventsError.is(cause) ? REFUSALS[cause.code] : undefined;
    if (refusal !== undefined) return { kind: refusal, cause };
    const timedOut = GovernError.is(cause) && cause.code === 'GOVERN_LOG_TIMED_OUT';
    if (!timedOut) return { kind: 'failed', cause };
    return { kind: 'timed_out', cause, late: committing };
  }
}
