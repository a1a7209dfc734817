import type { Clock, PolicyDecider, RecordDraft, Recorder } from '@spanforge/core-events';
import type { Projection } from '@spanforge/core-events/log';
import { rbacV1 } from '@spanforge/core-events/records';
import { askPolicy } from './ask-policy.js';
import {
  conclude,
  decide,
  type RbacDecision,
  type RbacRequest,
  type RbacRules,
  refusal,
} from './decide.js';
import { type DecidedRequest, draftDecision, policyAnswer } from './draft.js';
import { isName, WILDCARD } from './names.js';
import type { ActorRegistry } from './registry.js';
import { within } from './timeout.js';
import type { RbacCall, RbacResult } from './types.js';

/** What the authorizer works with. */
export interface AuthorizerParts {
  readonly rules: RbacRules;
  readonly projection: Projection<ActorRegistry>;
  readonly recorder: Recorder;
  readonly policy: PolicyDecider | undefined;
  readonly clock: Clock;
  readonly lookupTimeoutMs: number;
  readonly recordTimeoutMs: number;
}

type Undecided = Omit<DecidedRequest, 'decision'>;

interface Answer {
  readonly decision: RbacDecision;
  readonly found: Pick<DecidedRequest, 'stateSize' | 'policy'>;
  readonly heardPolicy?: true;
}

/** The caller's request as it is now, whatever becomes of the object. */
function copyRequest(request: RbacRequest): RbacRequest {
  const { actorId, resource, action, requiredRoles, anyOf } = request;
  return {
    ...{ actorId, resource, action },
    ...(requiredRoles === undefined
      ? {}
      : { requiredRoles: Array.isArray(requiredRoles) ? [...requiredRoles] : requiredRoles }),
    ...(anyOf === undefined ? {} : { anyOf }),
  };
}

const asks = (text: unknown): boolean => isName(text) && text !== WILDCARD;

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

/** Finds out what there is to know, asks the rule and the policy; records nothing. */
async function judge(
  parts: AuthorizerParts,
  { request, context }: Undecided,
  asksPolicy: boolean,
): Promise<Answer> {
  if (!isWellFormed(request)) return { decision: conclude(refusal('request_invalid')), found: {} };
  const nowMs = parts.clock();
  const current = await within(parts.lookupTimeoutMs, () => parts.projection.current()).catch(
    () => undefined,
  );
  if (!current) return { decision: conclude(refusal('store_unavailable')), found: {} };
  const stateSize = current.size;
  const actor = current.state.find(context.tenant, request.actorId);
  const finding = decide(parts.rules, actor, request);
  if (!asksPolicy) return { decision: conclude(finding), found: { stateSize } };
  const question = { request, context, finding, nowMs };
  const verdict = await askPolicy(parts.policy, parts.lookupTimeoutMs, question);
  if (!verdict) return { decision: conclude(refusal('policy_unavailable')), found: { stateSize } };
  const policy = policyAnswer(verdict);
  return {
    decision: conclude(finding, verdict),
    found: policy === undefined ? { stateSize } : { stateSize, policy },
    heardPolicy: true,
  };
}

/** The answer with its record. A policy's answer that makes no record is no answer. */
function draftAnswer(undecided: Undecided, answer: Answer): Answer & { draft: RecordDraft } {
  const draft = draftDecision({ ...undecided, ...answer.found, decision: answer.decision });
  if (!answer.heardPolicy || rbacV1.schema.safeParse(draft.body).success) {
    return { ...answer, draft };
  }
  const decision = conclude(refusal('policy_unavailable'));
  return { decision, found: {}, draft: draftDecision({ ...undecided, decision }) };
}

/**
 * Decides and records. Only a decision that was appended is answered as it is; any other is
 * `block`.
 */
export async function authorizeRequest(
  parts: AuthorizerParts,
  request: RbacRequest,
  call: RbacCall,
  asksPolicy: boolean,
): Promise<RbacResult> {
  const { recorder = parts.recorder, mode } = call;
  const undecided: Undecided = {
    request: copyRequest(request),
    context: Object.freeze({ ...call.context }),
    ...(mode === undefined ? {} : { mode }),
  };
  const answer = await judge(parts, undecided, asksPolicy);
  const { decision, found, draft } = draftAnswer(undecided, answer);
  try {
    const appended = await within(parts.recordTimeoutMs, () => recorder.append([draft]));
    // With a staged recorder the commit comes later, and is its owner's concern.
    appended.receipts.catch(() => undefined);
    const recordId = appended.ids[0];
    if (recordId === undefined) throw new TypeError('the recorder gave no record id');
    return { ...decision, ...found, recordId };
  } catch {
    return { ...conclude(refusal('evidence_unavailable')), ...found };
  }
}
