import {
  type Appended,
  type AppendOptions,
  EventsError,
  type Receipt,
  within,
} from '@spanforge/core-events';
import type { Stage } from '@spanforge/core-events/log';
import { GovernError } from './error.js';

/** How a commit went. */
export type Committed =
  | { readonly status: 'stored'; readonly receipts: readonly Receipt[] }
  /** The same call was begun before, with these records. */
  | { readonly status: 'duplicate'; readonly ids: readonly string[] }
  /** The call's id stands for another call. */
  | { readonly status: 'conflict'; readonly cause: unknown }
  /** Somebody else took the claim. */
  | { readonly status: 'claimed'; readonly cause: unknown }
  | {
      readonly status: 'failed';
      readonly cause: unknown;
      /** Set when the log did not answer in time: what it answers in the end. */
      readonly late?: Promise<{ readonly appended: Appended }>;
    };

const REFUSALS: Readonly<Record<string, 'conflict' | 'claimed'>> = {
  EVENTS_IDEMPOTENCY_CONFLICT: 'conflict',
  EVENTS_CLAIM_TAKEN: 'claimed',
};

const tooLate = (): GovernError =>
  new GovernError('GOVERN_LOG_TIMED_OUT', 'the evidence log did not answer in time');

interface Settled {
  readonly appended: Appended;
  readonly receipts: readonly Receipt[];
}

async function settle(stage: Stage, options: AppendOptions): Promise<Settled> {
  const appended = await stage.commit(options);
  return { appended, receipts: appended.duplicate ? [] : await appended.receipts };
}

/** Commits a stage and says how it went. Never rejects, and never waits longer than the limit. */
export async function commitStage(
  stage: Stage,
  options: AppendOptions,
  limitMs: number,
): Promise<Committed> {
  const settling = settle(stage, options);
  try {
    const { appended, receipts } = await within(limitMs, () => settling, tooLate);
    if (appended.duplicate) return { status: 'duplicate', ids: appended.ids };
    return { status: 'stored', receipts };
  } catch (cause) {
    const refusal = EventsError.is(cause) ? REFUSALS[cause.code] : undefined;
    if (refusal !== undefined) return { status: refusal, cause };
    const timedOut = GovernError.is(cause) && cause.code === 'GOVERN_LOG_TIMED_OUT';
    return timedOut ? { status: 'failed', cause, late: settling } : { status: 'failed', cause };
  }
}
