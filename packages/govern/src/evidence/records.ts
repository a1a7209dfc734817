import type { Disclosure, PolicyReference, RecordDraft } from '@spanforge/core-events';
import {
  type ExecutionEndedBody,
  executionEndedV1,
  executionStartedV1,
  type RecordType,
  reviewConsumedV1,
  reviewRequestedV1,
} from '@spanforge/core-events/records';
import type { CombinedDecision } from '../model/combined-decision.js';
import type { Approval, DecidedCall, OpenCall } from '../model/open-call.js';
import type { ReviewDemand } from '../model/review-demand.js';

interface DraftExtras {
  readonly policy?: PolicyReference | undefined;
  /** The governed values the record commits to. */
  readonly values?: readonly Disclosure[];
}

function draftRecord(
  { call }: OpenCall,
  type: Pick<RecordType, 'key'>,
  body: object,
  { policy, values = [] }: DraftExtras = {},
): RecordDraft {
  const { context, mode } = call;
  const draft: { -readonly [Part in keyof RecordDraft]: RecordDraft[Part] } = {
    type: type.key,
    context,
    body,
  };
  if (mode === 'shadow') draft.mode = mode;
  if (policy) draft.policy = policy;
  if (values.length > 0) draft.disclosures = values;
  return draft;
}

const unlessEmpty = <Item>(items: readonly Item[]): readonly Item[] | undefined =>
  items.length === 0 ? undefined : items;

/** The record that a tool is about to run with these arguments. */
export function startedRecord(
  decided: DecidedCall,
  args: Disclosure,
  approval: Approval | undefined,
): RecordDraft {
  const { call, combined, propagation, declassifiedBy, decisionMs } = decided;
  const { callId, tool, effect, mode, labels } = call;
  const { outcome, obligations } = combined.decision;
  const body = executionStartedV1.toWire({
    callId,
    tool,
    effect,
    mode,
    outcome,
    obligations: unlessEmpty(obligations),
    decisions: combined.ids,
    notAsked: unlessEmpty(combined.notAsked),
    reviewId: approval?.reviewId,
    inputLabels: unlessEmpty(labels),
    propagation: unlessEmpty(propagation),
    declassifiedBy: unlessEmpty(declassifiedBy),
    decisionMs,
    values: { args: args.digest },
  });
  return draftRecord(decided, executionStartedV1, body, {
    policy: combined.policy,
    values: [args],
  });
}

/** What the record of an ending says beyond the call and the decision. */
export interface EndingDetails
  extends Pick<
    ExecutionEndedBody,
    'status' | 'executed' | 'reviewId' | 'errorName' | 'labels' | 'startedId' | 'durationMs'
  > {
  /** The governed value the record commits to. */
  readonly value?: Disclosure;
  /** What the caller gets of it, when that is something else. */
  readonly released?: Disclosure;
}

/** What no other record says about a call that did not run. */
function detailsNotStarted({ call, propagation, decisionMs }: DecidedCall) {
  return {
    inputLabels: unlessEmpty(call.labels),
    propagation: unlessEmpty(propagation),
    decisionMs,
  };
}

const digestsOf = (values: readonly Disclosure[]): Record<string, string> =>
  Object.fromEntries(values.map(({ name, digest }) => [name, digest]));

/** The record of how a call ended, whether it ran or not. */
export function endedRecord(
  decided: DecidedCall,
  combined: CombinedDecision,
  details: EndingDetails,
): RecordDraft {
  const { callId, tool } = decided.call;
  const { decision, ids, notAsked, policy } = combined;
  const { status, executed, reviewId, errorName, startedId, durationMs } = details;
  const { value, released, labels } = details;
  const values = [value, released].filter((one) => one !== undefined);
  const body = executionEndedV1.toWire({
    callId,
    tool,
    status,
    executed,
    reviewId,
    errorName,
    startedId,
    durationMs,
    outcome: decision.outcome,
    obligations: unlessEmpty(decision.obligations),
    reason: decision.reason,
    reasonCode: decision.reasonCode,
    decisions: ids,
    notAsked: unlessEmpty(notAsked),
    labels: unlessEmpty(labels ?? []),
    ...(executed ? undefined : detailsNotStarted(decided)),
    values: values.length === 0 ? undefined : digestsOf(values),
  });
  return draftRecord(decided, executionEndedV1, body, { policy, values });
}

/** Everything an approval is valid for. The reviewer sees it, and no other call can use it. */
export interface Binding {
  readonly tool: string;
  readonly args: unknown;
  readonly tenant: string;
  readonly agent: string;
  readonly actor: string;
  readonly labels: readonly string[];
}

/** What an approval of this call would be valid for. */
export function bindingOf({ call }: OpenCall): Binding {
  const { tool, args, labels, context } = call;
  const { tenant, agent, actor } = context;
  return { tool, args, tenant, agent, actor, labels };
}

/** The record that asks a person to decide. */
export function requestedRecord(
  open: OpenCall,
  combined: CombinedDecision,
  request: {
    readonly reviewId: string;
    /** The disclosed binding, with the result where that is the question. */
    readonly binding: Disclosure;
    readonly expiresAt: string;
    readonly demand: ReviewDemand;
  },
): RecordDraft {
  const { call } = open;
  const { obligations, reason, reasonCode } = combined.decision;
  const { reviewId, binding, expiresAt, demand } = request;
  const { quorum, roles, escalation = [] } = demand;
  const body = reviewRequestedV1.toWire({
    reviewId,
    callId: call.callId,
    tool: call.tool,
    binding: binding.digest,
    obligations: unlessEmpty(obligations),
    labels: unlessEmpty(call.labels),
    decisions: combined.ids,
    reason,
    reasonCode,
    expiresAt,
    rules: unlessEmpty(combined.askedBy),
    quorum: quorum === 1 ? undefined : quorum,
    roles,
    escalation: unlessEmpty(escalation),
    values: { binding: binding.digest },
  });
  const extras = { policy: combined.policy, values: [binding] };
  return draftRecord(open, reviewRequestedV1, body, extras);
}

/** The record that an approval is used. */
export function consumedRecord(open: OpenCall, { reviewId, binding }: Approval): RecordDraft {
  const body = reviewConsumedV1.toWire({ reviewId, callId: open.call.callId, binding });
  return draftRecord(open, reviewConsumedV1, body);
}
