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
import type { ControlDecision, GovernedCall } from './call.js';
import { GovernError } from './error.js';
import { joinLists } from './join-lists.js';

/** One control with its name. */
export interface Question {
  readonly name: string;
  /** Absent when nothing was installed under that name. */
  readonly ask:
    | ((call: GovernedCall, recorder: Recorder, result: unknown) => Promise<ControlDecision>)
    | undefined;
}

/** What a control said, or what is said for it, and the error where it could not say anything. */
export interface Answer {
  readonly decision: ControlDecision;
  readonly ids: readonly string[];
  readonly cause: unknown;
}

/** What controls are asked about, and where and for how long they may answer. */
export interface Asking {
  readonly call: GovernedCall;
  /** Absent before the tool has run. */
  readonly result?: unknown;
  readonly recorder: Recorder;
  readonly limitMs: number;
}

const EVERYTHING: Obligation = { kind: 'redact', target: 'result', path: '' };

function isText(value: unknown, max: number): boolean {
  return typeof value === 'string' && value.length > 0 && value.length <= max;
}

/** A list of no types would mask nothing, which nobody asks for. */
function isTypes(value: unknown): boolean {
  if (value === undefined) return true;
  return Array.isArray(value) && value.length > 0 && value.every((type) => isText(type, 512));
}

/** True for an obligation as controls may give it. */
export function isObligation(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  const { kind, text, target, path, mask, types } = value as Record<string, unknown>;
  if (kind === 'notice') return typeof text === 'string';
  if (kind !== 'redact' || typeof path !== 'string' || !isTypes(types)) return false;
  const masked = mask === undefined || typeof mask === 'string';
  return masked && (target === 'args' || target === 'result');
}

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

/** What one control records while it is asked. */
interface Hearing {
  readonly recorder: Recorder;
  ids: readonly string[];
  /** False once the control has had its say. */
  open: boolean;
}

const tooLate = (control: string): GovernError =>
  new GovernError('GOVERN_CONTROL_TIMED_OUT', 'the control was late', { details: { control } });

/** Passes records on and remembers their ids, for as long as the control may answer. */
function hear(name: string, { recorder, call }: Asking): Hearing {
  const remember = (appended: Appended): Appended => {
    hearing.ids = [...hearing.ids, ...appended.ids];
    return appended;
  };
  const append: Recorder['append'] = (drafts, join) => {
    if (!hearing.open) return Promise.reject(tooLate(name));
    const own =
      call.mode === 'shadow'
        ? drafts.map((draft) => ({ ...draft, mode: 'shadow' as const }))
        : drafts;
    return recorder.append(own, join).then(remember);
  };
  const hearing: Hearing = { recorder: { append }, ids: [], open: true };
  return hearing;
}

/** A redaction that does not say of what is one of the whole result. */
function completed(decision: ControlDecision): ControlDecision {
  const { outcome, obligations } = decision;
  if (outcome !== 'redact' || obligations.some((one) => one.kind === 'redact')) return decision;
  return { ...decision, obligations: joinObligations(obligations, [EVERYTHING]) };
}

function unanswered(name: string, cause: unknown): ControlDecision {
  const evidence = EventsError.is(cause);
  const late = GovernError.is(cause) && cause.code === 'GOVERN_CONTROL_TIMED_OUT';
  const failure = late ? 'did not answer in time' : 'failed';
  return {
    outcome: 'block',
    obligations: [],
    reason: evidence
      ? `What ${name} decided could not be recorded.`
      : `Control ${name} ${failure}.`,
    reasonCode: evidence ? 'evidence_unavailable' : 'control_failed',
  };
}

/** Asks one control. Never rejects: a control that cannot answer has answered `block`. */
export async function askControl(
  name: string,
  ask: NonNullable<Question['ask']>,
  asking: Asking,
): Promise<Answer> {
  const hearing = hear(name, asking);
  try {
    const answer = Promise.resolve(ask(asking.call, hearing.recorder, asking.result));
    const decision = await within(
      asking.limitMs,
      () => answer,
      () => tooLate(name),
    );
    if (!isDecision(decision)) {
      const details = { control: name };
      throw new GovernError('GOVERN_CONTROL_INVALID', 'not a decision', { details });
    }
    const { ids } = hearing;
    const more = decision.ids?.filter((id) => !ids.includes(id));
    return {
      decision: completed(decision),
      ids: more ? joinLists(ids, more) : ids,
      cause: undefined,
    };
  } catch (cause) {
    return { decision: unanswered(name, cause), ids: hearing.ids, cause };
  } finally {
    hearing.open = false;
  }
}
