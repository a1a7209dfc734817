import {
  EventsError,
  joinObligations,
  type Obligation,
  OUTCOMES,
  type PolicyReference,
  type Recorder,
} from '@spanforge/core-events';
import type { ControlDecision, GovernMode } from './call.js';
import { GovernError } from './error.js';
import { within } from './within.js';

/** One control with its name, bound to the call it is asked about. */
export interface Question {
  readonly name: string;
  /** Absent when nothing was installed under that name. */
  readonly ask: ((recorder: Recorder) => Promise<ControlDecision>) | undefined;
}

/** What a control said, or what is said for it, and the error where it could not say anything. */
export interface Answer {
  readonly decision: ControlDecision;
  readonly ids: readonly string[];
  readonly cause?: unknown;
}

/** Where and for how long a control may answer. */
export interface AskOptions {
  readonly recorder: Recorder;
  readonly mode: GovernMode;
  readonly limitMs: number;
}

const EVERYTHING: Obligation = { kind: 'redact', target: 'result', path: '' };

function isText(value: unknown, max: number): boolean {
  return typeof value === 'string' && value.length > 0 && value.length <= max;
}

function isObligation(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  const { kind, text, target, path, mask } = value as Record<string, unknown>;
  if (kind === 'notice') return typeof text === 'string';
  if (kind !== 'redact' || typeof path !== 'string') return false;
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

/** Passes records on, remembers their ids, and closes when the control has had its say. */
function listen(
  options: AskOptions,
  name: string,
): { recorder: Recorder; ids: string[]; close(): void } {
  const ids: string[] = [];
  let open = true;
  const append: Recorder['append'] = async (drafts, join) => {
    if (!open) {
      const details = { control: name };
      throw new GovernError('GOVERN_CONTROL_TIMED_OUT', 'the control was late', { details });
    }
    const own =
      options.mode === 'shadow'
        ? drafts.map((draft) => ({ ...draft, mode: 'shadow' as const }))
        : drafts;
    const appended = await options.recorder.append(own, join);
    ids.push(...appended.ids);
    return appended;
  };
  const close = (): void => {
    open = false;
  };
  return { recorder: { append }, ids, close };
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
  options: AskOptions,
): Promise<Answer> {
  const { recorder, ids, close } = listen(options, name);
  const details = { control: name };
  try {
    const decision = await within(Promise.resolve(ask(recorder)), options.limitMs, () => {
      return new GovernError('GOVERN_CONTROL_TIMED_OUT', 'the control was late', { details });
    });
    if (!isDecision(decision)) {
      throw new GovernError('GOVERN_CONTROL_INVALID', 'not a decision', { details });
    }
    const more = decision.ids?.filter((id) => !ids.includes(id)) ?? [];
    return { decision: completed(decision), ids: more.length === 0 ? ids : [...ids, ...more] };
  } catch (cause) {
    return { decision: unanswered(name, cause), ids, cause };
  } finally {
    close();
  }
}
