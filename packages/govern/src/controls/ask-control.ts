import type { ControlDecision, TimeLimit } from '@spanforge/core-events';
import {
  type Appended,
  atOnceOf,
  type Disclosure,
  EventsError,
  joinObligations,
  type Obligation,
  OUTCOMES,
  type PolicyReference,
  type RecordDraft,
  type Recorder,
  recordAtOnce,
  strictness,
  valueAtOnce,
} from '@spanforge/core-events';
import { GovernError } from '../error.js';
import type { GovernedCall, GovernMode } from '../model/call.js';
import { isThenable } from '../model/is-thenable.js';
import { joinLists } from '../model/join-lists.js';
import { isObligation, isText } from './obligation.js';

/** A control under its name in the evidence; `missing` when nothing was installed there. */
export type NamedSlot =
  | {
      readonly kind: 'installed';
      readonly name: string;
      readonly ask: (question: ControlQuestion, recorder: Recorder) => Promise<ControlDecision>;
      /** False when the control certainly has nothing to decide about this call. */
      readonly isNeeded: (call: GovernedCall) => boolean;
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

/** What a control is asked about. */
export interface ControlQuestion {
  readonly call: GovernedCall;
  /** Undefined before the tool has run. */
  readonly result: unknown;
  /** The same values as the records of this call disclose them. */
  readonly disclosed: {
    readonly args: Disclosure | undefined;
    readonly result: Disclosure | undefined;
  };
}

/** A question, where its answer is recorded, and how long it may take. */
export interface ControlRequest {
  readonly question: ControlQuestion;
  readonly recorder: Recorder;
  readonly limit: TimeLimit;
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
  const { outcome, obligations, reason, reasonCode, ids, policy, allowed } =
    value as ControlDecision;
  return (
    OUTCOMES.includes(outcome) &&
    Array.isArray(obligations) &&
    obligations.every(isObligation) &&
    isText(reason, 16_384) &&
    isText(reasonCode, 512) &&
    (ids === undefined || (Array.isArray(ids) && ids.every((id) => isText(id, 512)))) &&
    isPolicy(policy) &&
    (allowed === undefined || typeof allowed === 'boolean')
  );
}

function timedOutError(control: string): GovernError {
  const message = `${control}: the control did not answer in time`;
  return new GovernError('GOVERN_CONTROL_TIMED_OUT', message, { details: { control } });
}

/** What one control recorded, and whether it still may. */
class ControlRecords {
  ids: readonly string[] = [];
  closed = false;

  constructor(
    readonly control: string,
    readonly mode: GovernMode,
  ) {}

  requireOpen(): void {
    if (this.closed) throw timedOutError(this.control);
  }

  marked(drafts: readonly RecordDraft[]): readonly RecordDraft[] {
    if (this.mode !== 'shadow') return drafts;
    return drafts.map((draft) => ({ ...draft, mode: 'shadow' as const }));
  }

  remember(appended: Appended): Appended {
    this.ids = [...this.ids, ...appended.ids];
    return appended;
  }
}

/** The recorder one control gets: it keeps the ids and refuses records that come after the time limit. */
function recorderFor(own: ControlRecords, recorder: Recorder): Recorder {
  const controlled: Recorder = {
    async append(drafts, options) {
      own.requireOpen();
      return own.remember(await recorder.append(own.marked(drafts), options));
    },
  };
  const appendAtOnce = atOnceOf(recorder);
  if (appendAtOnce === undefined) return controlled;
  return recordAtOnce(controlled, (drafts, options) => {
    own.requireOpen();
    return own.remember(appendAtOnce(own.marked(drafts), options));
  });
}

/** A redaction without a target applies to the whole result. */
function withTarget(decision: ControlDecision): ControlDecision {
  const { outcome, obligations } = decision;
  if (outcome !== 'redact' || obligations.some((one) => one.kind === 'redact')) return decision;
  return { ...decision, obligations: joinObligations(obligations, [WHOLE_RESULT]) };
}

/** Makes a decision that is not `allowed` at least `block`, unless its outcome is `human_review`. */
function withDenial(decision: ControlDecision): ControlDecision {
  const { allowed, outcome } = decision;
  if (allowed !== false || strictness(outcome) >= strictness('human_review')) return decision;
  return { ...decision, outcome: 'block' };
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

/** The answer of a control that could not answer; nothing it records from now on is taken. */
function failedAnswer(own: ControlRecords, cause: unknown): ControlAnswer {
  own.closed = true;
  return { decision: blockFor(own.control, cause), ids: own.ids, cause };
}

/** The answer of a control that answered. */
function answerOf(own: ControlRecords, decision: unknown): ControlAnswer {
  const { control, ids } = own;
  try {
    if (!isDecision(decision)) {
      const message = `${control}: the control did not answer with a decision`;
      throw new GovernError('GOVERN_CONTROL_INVALID', message, { details: { control } });
    }
    const further = decision.ids?.filter((id) => !ids.includes(id)) ?? [];
    own.closed = true;
    return {
      decision: withDenial(withTarget(decision)),
      ids: joinLists(ids, further),
      cause: undefined,
    };
  } catch (cause) {
    return failedAnswer(own, cause);
  }
}

/** Asks one control. Never rejects: a control that cannot answer counts as `block`. */
export function askControl(
  { name, ask }: Extract<NamedSlot, { kind: 'installed' }>,
  { question, recorder, limit }: ControlRequest,
): Promise<ControlAnswer> | ControlAnswer {
  const own = new ControlRecords(name, question.call.mode);
  try {
    const answer = valueAtOnce(ask(question, recorderFor(own, recorder)));
    // A decision, of a control that waits for nothing; any other answer is waited for.
    if (!isThenable(answer)) return answerOf(own, answer);
    return limit
      .wait(Promise.resolve(answer), () => timedOutError(name))
      .then(
        (decision) => answerOf(own, decision),
        (cause: unknown) => failedAnswer(own, cause),
      );
  } catch (cause) {
    return failedAnswer(own, cause);
  }
}
