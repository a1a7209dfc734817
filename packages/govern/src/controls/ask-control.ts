import {
  type Appended,
  EventsError,
  joinObligations,
  type Obligation,
  OUTCOMES,
  type PolicyReference,
  type Recorder,
  within,
} from '@spanforge/core-events';
import { GovernError } from '../error.js';
import type { ControlDecision, GovernedCall, GovernMode } from '../model/call.js';
import { joinLists } from '../model/join-lists.js';
import { isObligation, isText } from './obligation.js';

/** A control under its name in the evidence; `missing` when nothing was installed there. */
export type NamedSlot =
  | {
      readonly kind: 'installed';
      readonly name: string;
      /** `result` is undefined before the tool has run. */
      readonly ask: (
        call: GovernedCall,
        recorder: Recorder,
        result: unknown,
      ) => Promise<ControlDecision>;
    }
  | { readonly kind: 'missing'; readonly name: string };

/** What a control said, or the `block` that stands for it when it could not answer. */
export interface ControlAnswer {
  readonly decision: ControlDecision;
  /** Ids of the records it made. */
  readonly ids: readonly string[];
  /** Why it could not answer, if it could not. */
  readonly cause: unknown;
}

/** What a control is asked about, where it records, and how long it may take. */
export interface ControlRequest {
  readonly call: GovernedCall;
  /** Undefined before the tool has run. */
  readonly result: unknown;
  readonly recorder: Recorder;
  readonly limitMs: number;
}

const WHOLE_RESULT: Obligation = { kind: 'redact', target: 'result', path: '' };

function isPolicy(value: unknown): value is PolicyReference | undefined {
  if (value === undefined) return true;
  if (typeof value !== 'object' || value === null) return false;
  const { id, version, digest } = value as Record<string, unknown>;
  return isText(id, 512) && isText(version, 512) && isText(digest, 512);
}

function isDecision(value: unknown): value is ControlDecision {
  if (typeof value !== 'object' || value === null) return false;
  const { outcome, obligations, reason, reasonCode, ids, policy } = value as ControlDecision;
  return (
    OUTCOMES.includes(outcome) &&
    Array.isArray(obligations) &&
    obligations.every(isObligation) &&
    isText(reason, 16_384) &&
    isText(reasonCode, 512) &&
    (ids === undefined || (Array.isArray(ids) && ids.every((id) => isText(id, 512)))) &&
    isPolicy(policy)
  );
}

function timedOutError(control: string): GovernError {
  const message = `${control}: the control did not answer in time`;
  return new GovernError('GOVERN_CONTROL_TIMED_OUT', message, { details: { control } });
}

/** The recorder one control is given: it remembers the ids and refuses records that come late. */
function createControlRecorder(name: string, recorder: Recorder, mode: GovernMode) {
  let ids: readonly string[] = [];
  let closed = false;
  const remember = (appended: Appended): Appended => {
    ids = [...ids, ...appended.ids];
    return appended;
  };
  const append: Recorder['append'] = (drafts, options) => {
    if (closed) return Promise.reject(timedOutError(name));
    const marked =
      mode === 'shadow' ? drafts.map((draft) => ({ ...draft, mode: 'shadow' as const })) : drafts;
    return recorder.append(marked, options).then(remember);
  };
  const close = (): void => {
    closed = true;
  };
  return { recorder: { append } satisfies Recorder, recordedIds: () => ids, close };
}

/** A redaction without a target applies to the whole result. */
function withTarget(decision: ControlDecision): ControlDecision {
  const { outcome, obligations } = decision;
  if (outcome !== 'redact' || obligations.some((one) => one.kind === 'redact')) return decision;
  return { ...decision, obligations: joinObligations(obligations, [WHOLE_RESULT]) };
}

function blockFor(name: string, cause: unknown): ControlDecision {
  const evidence = EventsError.is(cause);
  const late = GovernError.is(cause) && cause.code === 'GOVERN_CONTROL_TIMED_OUT';
  const failure = late ? 'did not answer in time' : 'failed';
  return {
    outcome: 'block',
    obligations: [],
    reason: evidence
      ? `The decision of control ${name} could not be recorded.`
      : `Control ${name} ${failure}.`,
    reasonCode: evidence ? 'evidence_unavailable' : 'control_failed',
  };
}

/** Asks one control. Never rejects: a control that cannot answer counts as `block`. */
export async function askControl(
  { name, ask }: Extract<NamedSlot, { kind: 'installed' }>,
  { call, result, recorder, limitMs }: ControlRequest,
): Promise<ControlAnswer> {
  const own = createControlRecorder(name, recorder, call.mode);
  try {
    const answer = Promise.resolve(ask(call, own.recorder, result));
    const decision = await within(
      limitMs,
      () => answer,
      () => timedOutError(name),
    );
    if (!isDecision(decision)) {
      const message = `${name}: the control did not answer with a decision`;
      throw new GovernError('GOVERN_CONTROL_INVALID', message, { details: { control: name } });
    }
    const ids = own.recordedIds();
    const further = decision.ids?.filter((id) => !ids.includes(id)) ?? [];
    return { decision: withTarget(decision), ids: joinLists(ids, further), cause: undefined };
  } catch (cause) {
    return { decision: blockFor(name, cause), ids: own.recordedIds(), cause };
  } finally {
    own.close();
  }
}
