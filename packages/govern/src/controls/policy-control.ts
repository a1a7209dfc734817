import type { PolicyDecider, PolicyRequest } from '@spanforge/core-events';
import type { Control, GovernedCall, PostControl } from '../model/call.js';

type MutableRequest = { -readonly [Part in keyof PolicyRequest]: PolicyRequest[Part] };

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
    actor: actorRoles ? { id: context.actor, roles: actorRoles } : { id: context.actor },
    agent: agentCapabilities
      ? { id: context.agent, capabilities: agentCapabilities }
      : { id: context.agent },
    env: context.env,
    labels,
    time,
    callId,
  };
  if (calls !== undefined) request.calls = calls;
  if (observed !== undefined) request.observed = observed;
  if (policyContext) request.context = policyContext;
  return request;
}

/** Asks the policy about a call, as `sf_govern` / `tool_call`. */
export function policyControl(policy: PolicyDecider): Control {
  return (call, recorder) =>
    policy.decide(requestOf(call, 'tool_call'), { recorder, context: call.context });
}

/** Asks the policy about a result, as `sf_govern` / `tool_result`. */
export function policyResultControl(policy: PolicyDecider): PostControl {
  return (call, result, recorder) => {
    const request = requestOf(call, 'tool_result');
    request.facts = { result };
    return policy.decide(request, { recorder, context: call.context });
  };
}
