import {
  EventsError,
  type EvidenceContext,
  type RecordDraft,
  type Recorder,
} from '@spanforge/core-events';
import type { Projected, Projection } from '@spanforge/core-events/log';
import { PolicyError, type PolicyErrorCode } from '../error.js';
import { type ActivationHistory, NO_ACTIVATIONS } from './activation-history.js';
import { readState } from './bundle-in-force.js';
import { type BundleScope, changeClaim, scopeKey } from './bundle-scope.js';
import type { LifecycleState } from './lifecycle-projection.js';
import { type RefusedChange, refusalDraft } from './records.js';

/** Who changes a bundle's state. */
export interface StepOptions {
  /** The context of the record, which also names the tenant; the service's own when absent. */
  readonly context?: EvidenceContext;
}

/** What is known of a refused change, for its record. */
export type AttemptedChange = Omit<RefusedChange, 'reason' | 'reasonCode'>;

/** The state a change was decided on. */
export interface ChangeBasis {
  readonly scope: BundleScope;
  readonly history: ActivationHistory;
  /** The history of another environment of the same tenant. */
  historyIn(environment: string): ActivationHistory;
  readonly stateSize: number;
}

/** The records of a change (none when nothing changes), and what the caller gets. */
export interface LifecycleChange<Result> {
  readonly drafts: readonly RecordDraft[];
  readonly result: Result;
}

/** Writes lifecycle changes: each change is a record, and so is each refusal. */
export interface LifecycleWriter {
  /** Appends records; resolves when they are durable. @throws {PolicyError} `POLICY_EVIDENCE_UNAVAILABLE`. */
  append(drafts: readonly RecordDraft[], claim?: string): Promise<void>;
  /**
   * Makes the next change of a scope: `decide` gets the newest state and returns what to record, if
   * anything. When several processes decided on the same state, only the first succeeds.
   *
   * @throws {PolicyError} what `decide` throws; `POLICY_ACTIVATION_CONFLICT`,
   *   `POLICY_STATE_UNAVAILABLE`, `POLICY_EVIDENCE_UNAVAILABLE`. Refusals are recorded.
   */
  change<Result>(
    context: EvidenceContext,
    asked: AttemptedChange,
    decide: (standing: ChangeBasis) => Promise<LifecycleChange<Result>>,
  ): Promise<Result>;
  /** Records a refusal, as far as that is possible, and throws it. */
  recordAndThrow(
    context: EvidenceContext,
    asked: AttemptedChange,
    error: PolicyError,
  ): Promise<never>;
}

export function createLifecycleWriter(
  recorder: Recorder,
  state: Projection<LifecycleState>,
): LifecycleWriter {
  async function append(drafts: readonly RecordDraft[], claim?: string): Promise<void> {
    try {
      const join = claim === undefined ? {} : { claim };
      await (await recorder.append(drafts, join)).receipts;
    } catch (cause) {
      throw appendError(cause);
    }
  }

  /** Throws the refusal even when it cannot be recorded. */
  async function recordAndThrow(
    context: EvidenceContext,
    asked: AttemptedChange,
    error: PolicyError,
  ): Promise<never> {
    const reasonCode: string = error.problems[0]?.code ?? error.code;
    const refusal = { ...asked, reason: error.message, reasonCode };
    await append([refusalDraft(refusal, context)]).catch(() => undefined);
    throw error;
  }

  return {
    append,
    recordAndThrow,
    async change(context, asked, decide) {
      try {
        await state.refresh().catch(() => undefined);
        const standing = basisAt(await readState(state), {
          tenant: context.tenant,
          environment: asked.environment,
          application: asked.application,
        });
        const { drafts, result } = await decide(standing);
        if (drafts.length === 0) return result;
        await append(drafts, changeClaim(standing.scope, standing.history.changes));
        await state.refresh().catch(() => undefined);
        return result;
      } catch (error) {
        if (!PolicyError.is(error)) throw error;
        return recordAndThrow(context, asked, error);
      }
    },
  };
}

function basisAt({ state, size }: Projected<LifecycleState>, scope: BundleScope): ChangeBasis {
  const historyIn = (environment: string): ActivationHistory =>
    state.get(scopeKey({ ...scope, environment })) ?? NO_ACTIVATIONS;
  return { scope, history: historyIn(scope.environment), historyIn, stateSize: size };
}

function appendError(cause: unknown): PolicyError {
  const taken = EventsError.is(cause) && cause.code === 'EVENTS_CLAIM_TAKEN';
  const code: PolicyErrorCode = taken
    ? 'POLICY_ACTIVATION_CONFLICT'
    : 'POLICY_EVIDENCE_UNAVAILABLE';
  const message = taken ? 'another process was faster' : 'the step could not be recorded';
  return new PolicyError(code, message, { cause });
}
