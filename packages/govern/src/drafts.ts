import type { Decision, Disclosure, PolicyReference, RecordDraft } from '@spanforge/core-events';
import { formatTime } from '@spanforge/core-events';
import {
  type ExecutionEndedBody,
  executionEndedV1,
  executionStartedV1,
  type RecordType,
  reviewConsumedV1,
  reviewRequestedV1,
} from '@spanforge/core-events/records';
import type { Action } from './action.js';
import type { Judgement } from './judge.js';

/** The approval a call uses up. */
export interface Approval {
  readonly reviewId: string;
  readonly binding: string;
}

interface More {
  readonly policy?: PolicyReference | undefined;
  /** The governed values the record commits to. */
  readonly values?: readonly Disclosure[];
}

function draft(
  { call }: Action,
  type: Pick<RecordType, 'key'>,
  body: object,
  { policy, values = [] }: More = {},
): RecordDraft {
  const { context, mode } = call;
  const made: { -readonly [Part in keyof RecordDraft]: RecordDraft[Part] } = {
    type: type.key,
    context,
    body,
  };
  if (mode === 'shadow') made.mode = mode;
  if (policy) made.policy = policy;
  if (values.length > 0) made.disclosures = values;
  return made;
}

const some = <Item>(items: readonly Item[]): readonly Item[] | undefined =>
  items.length === 0 ? undefined : items;

/** A tool is about to run with these arguments. */
export function startedDraft(
  action: Action,
  judgement: Judgement,
  args: Disclosure,
  approval: Approval | undefined,
): RecordDraft {
  const { callId, tool, effect, mode, labels } = action.call;
  const { outcome, obligations } = judgement.decision;
  const body = executionStartedV1.toWire({
    callId,
    tool,
    effect,
    mode,
    outcome,
    obligations: some(obligations),
    decisions: judgement.ids,
    notAsked: some(judgement.notAsked),
    reviewId: approval?.reviewId,
    inputLabels: some(labels),
    propagation: some(action.via ?? []),
    declassifiedBy: some(action.declassifiedBy ?? []),
    decisionMs: action.decisionMs,
    values: { args: args.digest },
  });
  return draft(action, executionStartedV1, body, { policy: judgement.policy, values: [args] });
}

/** What an ending says beyond the call and the decision. */
export interface Ending
  extends Pick<ExecutionEndedBody, 'status' | 'executed' | 'reviewId' | 'errorName' | 'labels'> {
  /** The governed value the record commits to. */
  readonly value?: Disclosure;
  /** What the caller gets of it, where that is something else. */
  readonly released?: Disclosure;
}

/** What is known of a call whose tool was begun, however it ended. */
export type Known = Pick<ExecutionEndedBody, 'startedId' | 'durationMs'>;

/** What a call that is not run has no other record for. */
function beforeRunning({ call, via, decisionMs }: Action) {
  return { inputLabels: some(call.labels), propagation: some(via ?? []), decisionMs };
}

const digestsOf = (values: readonly Disclosure[]): Record<string, string> =>
  Object.fromEntries(values.map(({ name, digest }) => [name, digest]));

/** How a call ended, run or not. */
export function endedDraft(
  action: Action,
  judgement: Judgement,
  ending: Ending,
  { startedId, durationMs }: Known = {},
): RecordDraft {
  const { callId, tool } = action.call;
  const { decision, ids, notAsked, policy } = judgement;
  const { status, executed, reviewId, errorName, labels, value, released } = ending;
  const values = [value, released].filter((one) => one !== undefined);
  const body = executionEndedV1.toWire({
    callId,
    tool,
    status,
    executed,
    startedId,
    reviewId,
    durationMs,
    errorName,
    outcome: decision.outcome,
    obligations: some(decision.obligations),
    reason: decision.reason,
    reasonCode: decision.reasonCode,
    decisions: ids,
    notAsked: some(notAsked),
    labels: some(labels ?? []),
    ...(executed ? undefined : beforeRunning(action)),
    values: values.length === 0 ? undefined : digestsOf(values),
  });
  return draft(action, executionEndedV1, body, { policy, values });
}

/** Everything an approval is good for; the reviewer sees it, and nothing else may use it. */
export interface Binding {
  readonly tool: string;
  readonly args: unknown;
  readonly tenant: string;
  readonly agent: string;
  readonly actor: string;
  readonly labels: readonly string[];
}

/** What an approval of this call would be good for. */
export function bindingOf({ call }: Action): Binding {
  const { tool, args, labels, context } = call;
  const { tenant, agent, actor } = context;
  return { tool, args, tenant, agent, actor, labels };
}

/** Asks a person. `result` is there when what the tool answered is the question. */
export function requestedDraft(
  action: Action,
  judgement: Judgement,
  reviewId: string,
  result?: { readonly described: unknown },
): RecordDraft {
  const { call, setup } = action;
  const { outcome, obligations, reason, reasonCode } = judgement.decision;
  const bound = { ...bindingOf(action), obligations, outcome };
  const value = result ? { ...bound, result: result.described } : bound;
  const binding = setup.disclose('binding', value);
  const body = reviewRequestedV1.toWire({
    reviewId,
    callId: call.callId,
    tool: call.tool,
    binding: binding.digest,
    obligations: some(obligations),
    labels: some(call.labels),
    decisions: judgement.ids,
    reason,
    reasonCode,
    expiresAt: formatTime(setup.clock() + setup.reviewTtlMs),
    values: { binding: binding.digest },
  });
  return draft(action, reviewRequestedV1, body, { policy: judgement.policy, values: [binding] });
}

/** An approval is used. */
export function consumedDraft(action: Action, { reviewId, binding }: Approval): RecordDraft {
  const body = reviewConsumedV1.toWire({ reviewId, callId: action.call.callId, binding });
  return draft(action, reviewConsumedV1, body);
}

/** The same judgement, decided otherwise. */
export function redecided(judgement: Judgement, decision: Decision, cause?: unknown): Judgement {
  return { ...judgement, decision, cause: cause === undefined ? judgement.cause : cause };
}
