import {
  EventsError,
  type EvidenceContext,
  type RecordDraft,
  type Recorder,
} from '@spanforge/core-events';
import type { Projected, Projection } from '@spanforge/core-events/log';
import { PolicyError, type PolicyErrorCode } from '../error.js';
import type { Activations } from './activations.js';
import { readState } from './answer.js';
import { type Line, NO_LINE } from './line.js';
import { changeClaim, type Place, placeKey } from './place.js';
import { type Refusal, refusalDraft } from './records.js';

/** Who takes a step. */
export interface StepOptions {
  /** Stands in the record; the service's own when absent. Its tenant is whose bundle is meant. */
  readonly context?: EvidenceContext;
}

/** What of a step its refusal names, as far as it is known. */
export type Asked = Omit<Refusal, 'reason' | 'reasonCode'>;

/** What a step was decided on. */
export interface Standing {
  readonly place: Place;
  readonly line: Line;
  /** The line of another environment of the same tenant. */
  lineIn(environment: string): Line;
  readonly stateSize: number;
}

/** What to record of a change, nothing when it is so already, and what the caller gets. */
export interface Change<Result> {
  readonly drafts: readonly RecordDraft[];
  readonly result: Result;
}

/** Writes steps in the life of bundles: each is a record, and so is each refusal. */
export interface Steps {
  /** Appends, and waits until it is durable. @throws {PolicyError} `POLICY_EVIDENCE_UNAVAILABLE`. */
  append(drafts: readonly RecordDraft[], claim?: string): Promise<void>;
  /**
   * Takes the next change of a place: `decide` says what to record on the newest state, or nothing
   * when it is so already. Of several who decided on one state the first one stands.
   *
   * @throws {PolicyError} what `decide` throws; `POLICY_ACTIVATION_CONFLICT`,
   *   `POLICY_STATE_UNAVAILABLE`, `POLICY_EVIDENCE_UNAVAILABLE`. Refusals are recorded.
   */
  change<Result>(
    context: EvidenceContext,
    asked: Asked,
    decide: (standing: Standing) => Promise<Change<Result>>,
  ): Promise<Result>;
  /** Records a refusal, as far as that is possible, and throws it. */
  refuse(context: EvidenceContext, asked: Asked, error: PolicyError): Promise<never>;
}

export function createSteps(recorder: Recorder, state: Projection<Activations>): Steps {
  async function append(drafts: readonly RecordDraft[], claim?: string): Promise<void> {
    try {
      const join = claim === undefined ? {} : { claim };
      await (await recorder.append(drafts, join)).receipts;
    } catch (cause) {
      throw appendError(cause);
    }
  }

  /** The refusal is what the caller has to hear, even where it cannot be recorded. */
  async function refuse(
    context: EvidenceContext,
    asked: Asked,
    error: PolicyError,
  ): Promise<never> {
    const reasonCode: string = error.problems[0]?.code ?? error.code;
    const refusal = { ...asked, reason: error.message, reasonCode };
    await append([refusalDraft(refusal, context)]).catch(() => undefined);
    throw error;
  }

  return {
    append,
    refuse,
    async change(context, asked, decide) {
      try {
        await state.refresh().catch(() => undefined);
        const standing = standingAt(await readState(state), {
          tenant: context.tenant,
          environment: asked.environment,
        });
        const { drafts, result } = await decide(standing);
        if (drafts.length === 0) return result;
        await append(drafts, changeClaim(standing.place, standing.line.changes));
        await state.refresh().catch(() => undefined);
        return result;
      } catch (error) {
        if (!PolicyError.is(error)) throw error;
        return refuse(context, asked, error);
      }
    },
  };
}

function standingAt({ state, size }: Projected<Activations>, place: Place): Standing {
  const lineIn = (environment: string): Line =>
    state.get(placeKey({ ...place, environment })) ?? NO_LINE;
  return { place, line: lineIn(place.environment), lineIn, stateSize: size };
}

function appendError(cause: unknown): PolicyError {
  const taken = EventsError.is(cause) && cause.code === 'EVENTS_CLAIM_TAKEN';
  const code: PolicyErrorCode = taken
    ? 'POLICY_ACTIVATION_CONFLICT'
    : 'POLICY_EVIDENCE_UNAVAILABLE';
  const message = taken ? 'Another process was faster.' : 'The step could not be recorded.';
  return new PolicyError(code, message, { cause });
}
