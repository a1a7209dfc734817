import {
  type Appended,
  type Awaitable,
  andThen,
  appendTo,
  askPolicy,
  CATEGORY_PREFIX,
  type Clock,
  frozenContext,
  isName,
  nameUnreadableRecord,
  type PolicyDecider,
  type PolicyRequest,
  type Recorder,
  type TimeLimit,
  WILDCARD,
  within,
} from '@spanforge/core-events';
import type { Projected, Projection } from '@spanforge/core-events/log';
import {
  conclude,
  decide,
  type RbacFinding,
  type RbacRequest,
  type RbacRules,
  refusal,
} from './decide.js';
import { type AskedRbacRequest, draftDecision, type RbacAnswer } from './draft.js';
import type { ActorRegistry } from './registry.js';
import type { RbacCall, RbacResult } from './types.js';

/** What the authorizer works with. */
export interface AuthorizerParts {
  readonly rules: RbacRules;
  readonly projection: Projection<ActorRegistry>;
  readonly recorder: Recorder;
  readonly policy: PolicyDecider | undefined;
  readonly clock: Clock;
  readonly lookupTimeoutMs: number;
  readonly recordLimit: TimeLimit;
}

/** Copies the caller's request, which may change later. */
function copyRequest({
  actorId,
  resource,
  action,
  requiredRoles,
  anyOf,
}: RbacRequest): RbacRequest {
  const copy: { -readonly [Part in keyof RbacRequest]: RbacRequest[Part] } = {
    actorId,
    resource,
    action,
  };
  if (requiredRoles !== undefined) {
    copy.requiredRoles = Array.isArray(requiredRoles) ? [...requiredRoles] : requiredRoles;
  }
  if (anyOf !== undefined) copy.anyOf = anyOf;
  return copy;
}

const asks = (text: unknown): boolean =>
  isName(text) && text !== WILDCARD && !text.startsWith(CATEGORY_PREFIX);

function isWellFormed({ actorId, resource, action, requiredRoles, anyOf }: RbacRequest): boolean {
  return (
    isName(actorId) &&
    asks(resource) &&
    asks(action) &&
    (requiredRoles === undefined ||
      (Array.isArray(requiredRoles) &&
        requiredRoles.length <= 256 &&
        requiredRoles.every(isName))) &&
    (anyOf === undefined || typeof anyOf === 'boolean')
  );
}

/** Asks the policy and combines its verdict with the roles; without an answer, `block`. */
async function hearPolicy(
  parts: AuthorizerParts,
  { request, context, recorder, mode }: AskedRbacRequest,
  finding: RbacFinding,
  time: number,
): Promise<RbacAnswer> {
  const question: PolicyRequest = {
    service: 'sf_rbac',
    control: 'role_enforcement',
    resource: request.resource,
    action: request.action,
    actor: { id: request.actorId, roles: finding.effectiveRoles },
    agent: { id: context.agent },
    env: context.env,
    observed: finding.granted ? 1 : 0,
    time,
  };
  const heard = await askPolicy(parts.policy, question, {
    timeoutMs: parts.lookupTimeoutMs,
    scope: { recorder, context },
    mode,
  });
  if (heard === undefined) return { decision: conclude(refusal('policy_unavailable')) };
  const { verdict, answer: policy, decisionId: policyDecisionId } = heard;
  return { decision: conclude(finding, verdict), policy, policyDecisionId };
}

/** Looks up the facts, then asks the rule and the policy; records nothing. */
function judge(
  parts: AuthorizerParts,
  asked: AskedRbacRequest,
  asksPolicy: boolean,
): Promise<RbacAnswer> | RbacAnswer {
  const nowMs = parts.clock();
  const judgeBy = ({ state, size: stateSize }: Projected<ActorRegistry>) => {
    const actor = state.find(asked.context.tenant, asked.request.actorId);
    const finding = decide(parts.rules, actor, asked.request);
    return asksPolicy
      ? hearPolicy(parts, asked, finding, nowMs).then((answer) => ({ ...answer, stateSize }))
      : { decision: conclude(finding), stateSize };
  };
  const known = parts.projection.fresh();
  if (known) return judgeBy(known);
  return within(parts.lookupTimeoutMs, () => parts.projection.current()).then(
    judgeBy,
    (error: unknown) => {
      const finding = refusal('store_unavailable');
      const reason = `${finding.reason}${nameUnreadableRecord(error)}`;
      return { decision: conclude({ ...finding, reason }) };
    },
  );
}

/** A decision with its basis, and the id of its record, if recorded. */
function resultOf(answer: RbacAnswer, recordId?: string): RbacResult {
  const { decision, stateSize, policy, policyDecisionId } = answer;
  const { outcome, obligations, reason, reasonCode, allowed, effectiveRoles } = decision;
  const result: { -readonly [Part in keyof RbacResult]: RbacResult[Part] } = {
    outcome,
    obligations,
    reason,
    reasonCode,
    allowed,
    effectiveRoles,
  };
  if (stateSize !== undefined) result.stateSize = stateSize;
  if (policy !== undefined) result.policy = policy;
  if (policyDecisionId !== undefined) result.policyDecisionId = policyDecisionId;
  if (recordId !== undefined) result.recordId = recordId;
  return result;
}

const notRecorded = (): Error => new Error('the record was not appended in time');

/** Records an answer, which becomes `block` when it cannot be. */
function recordAnswer(
  limit: TimeLimit,
  asked: AskedRbacRequest,
  answer: RbacAnswer,
): Awaitable<RbacResult> {
  const draft = draftDecision(asked, answer);
  const recorded = ({ ids: [recordId] }: Appended): RbacResult => {
    if (recordId === undefined) throw new TypeError('the recorder gave no record id');
    return resultOf(answer, recordId);
  };
  const notAppended = (): RbacResult =>
    resultOf({ ...answer, decision: conclude(refusal('evidence_unavailable')) });
  try {
    // With a staged recorder the commit comes later; whoever owns the stage handles it.
    const appending = limit.wait(appendTo(asked.recorder, [draft]), notRecorded);
    return appending instanceof Promise
      ? appending.then(recorded).catch(notAppended)
      : recorded(appending);
  } catch {
    return notAppended();
  }
}

/**
 * Decides and records. A decision whose record could not be appended becomes `block`.
 */
export function authorizeRequest(
  parts: AuthorizerParts,
  request: RbacRequest,
  call: RbacCall,
  asksPolicy: boolean,
): Awaitable<RbacResult> {
  const { recorder = parts.recorder, mode } = call;
  const context = frozenContext(call.context);
  const asked = { request: copyRequest(request), context, recorder, mode };
  const judged = isWellFormed(asked.request)
    ? judge(parts, asked, asksPolicy)
    : { decision: conclude(refusal('request_invalid')) };
  return andThen(judged, (answer) => recordAnswer(parts.recordLimit, asked, answer));
}
