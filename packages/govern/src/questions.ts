import type { PolicyDecider, PolicyRequest } from '@spanforge/core-events';
import type { Question } from './ask.js';
import type { GovernedCall } from './call.js';
import type { GovernorParts } from './options.js';

function policyRequest(call: GovernedCall, control: 'tool_call' | 'tool_result') {
  const { tool, resource, action, args, context, labels, time, callId, calls } = call;
  const { actorRoles, agentCapabilities, policyContext, observed } = call;
  const request: { -readonly [Part in keyof PolicyRequest]: PolicyRequest[Part] } = {
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

function policyBefore(policy: PolicyDecider): Question['ask'] {
  return (call, recorder) =>
    policy.decide(policyRequest(call, 'tool_call'), { recorder, context: call.context });
}

function policyAfter(policy: PolicyDecider): Question['ask'] {
  return (call, recorder, result) => {
    const request = policyRequest(call, 'tool_result');
    request.facts = { result };
    return policy.decide(request, { recorder, context: call.context });
  };
}

/** Who is asked about a call before its tool runs, in order. */
export function questionsBefore(parts: GovernorParts): readonly Question[] {
  const { authorize, scope, policy, preflight = [] } = parts;
  return [
    { name: 'authorize', ask: authorize },
    { name: 'scope', ask: scope },
    { name: 'policy', ask: policy && policyBefore(policy) },
    ...preflight.map(({ name, control }) => ({ name, ask: control })),
  ];
}

/** Who is asked about a result before it is released, in order. */
export function questionsAfter(parts: GovernorParts): readonly Question[] {
  const { policy, postflight = [] } = parts;
  const after = postflight.map(
    ({ name, control }): Question => ({
      name,
      ask: (call, recorder, result) => control(call, result, recorder),
    }),
  );
  return policy ? [{ name: 'policy', ask: policyAfter(policy) }, ...after] : after;
}
