import type { PolicyDecider, PolicyRequest } from '@spanforge/core-events';
import { frozenCopy } from '@spanforge/core-signing';
import type { GovernedCall } from '../model/call.js';
import type { NamedSlot } from './ask-control.js';

type PolicyQuestion = Extract<NamedSlot, { kind: 'installed' }>['ask'];

type MutableRequest = { -readonly [Part in keyof PolicyRequest]: PolicyRequest[Part] };

/** Who acts, as a policy is told. */
interface Who {
  readonly id: string;
}

/** Names that are kept; with one more, all are forgotten. Longer ones are not kept. */
const [MOST_KEPT, LONGEST_KEPT] = [1024, 512];

/** Says who acts, as a copy that a policy need not copy again: the same few act in most calls. */
function keepWho(): (id: string) => Who {
  const kept = new Map<string, Who>();
  return (id) => {
    const known = kept.get(id);
    if (known) return known;
    const isName = typeof id === 'string' && id.length <= LONGEST_KEPT && id.isWellFormed();
    if (!isName) return { id };
    if (kept.size >= MOST_KEPT) kept.clear();
    const made = frozenCopy({ id });
    kept.set(id, made);
    return made;
  };
}

const whoOf = keepWho();
const NO_LABELS = frozenCopy<readonly string[]>([]);

function requestOf(call: GovernedCall, control: 'tool_call' | 'tool_result'): MutableRequest {
  const { tool, resource, action, args, context, labels, time, callId, calls } = call;
  const { actorRoles, agentCapabilities, policyContext, observed } = call;
  const request: MutableRequest = {
    service: 'sf_govern',
    control,
    tool,
    resource,
    action,
    args,
    actor: actorRoles ? { id: context.actor, roles: actorRoles } : whoOf(context.actor),
    agent: agentCapabilities
      ? { id: context.agent, capabilities: agentCapabilities }
      : whoOf(context.agent),
    env: context.env,
    labels: labels.length === 0 ? NO_LABELS : labels,
    time,
    callId,
  };
  if (call.invocationId !== undefined) request.invocationId = call.invocationId;
  if (calls !== undefined) request.calls = calls;
  if (observed !== undefined) request.observed = observed;
  if (policyContext) request.context = policyContext;
  return request;
}

/** Asks the policy about a call, as `sf_govern` / `tool_call`. */
export function askPolicyBefore(policy: PolicyDecider): PolicyQuestion {
  return ({ call, disclosed }, recorder) => {
    const request = requestOf(call, 'tool_call');
    if (disclosed.args) request.disclosed = { args: disclosed.args };
    return policy.decide(request, { recorder, context: call.context });
  };
}

/** Asks the policy about a result, as `sf_govern` / `tool_result`. */
export function askPolicyAfter(policy: PolicyDecider): PolicyQuestion {
  return ({ call, result, disclosed }, recorder) => {
    const { args, result: value } = disclosed;
    const request = requestOf(call, 'tool_result');
    request.facts = { result };
    if (args && value) request.disclosed = { args, result: value };
    return policy.decide(request, { recorder, context: call.context });
  };
}

/** Whether the policy has anything to decide about results of this call. */
export function hasSayAfter(policy: PolicyDecider, { context }: GovernedCall): boolean {
  return policy.hasSay?.({ service: 'sf_govern', control: 'tool_result', context }) !== false;
}
