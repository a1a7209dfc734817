import type { PolicyDecider, PolicyRequest, Recorder } from '@spanforge/core-events';
import type { Question } from './ask.js';
import type { Control, ControlDecision, GovernedCall } from './call.js';
import type { GovernorParts } from './options.js';

type Questions<Rest extends readonly unknown[]> = (
  call: GovernedCall,
  ...rest: Rest
) => readonly Question[];

function policyRequest(call: GovernedCall, control: string): PolicyRequest {
  const { tool, resource, action, args, context, labels, time } = call;
  const { actorRoles, agentCapabilities, policyContext, observed } = call;
  return {
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
    ...(observed === undefined ? {} : { observed }),
    ...(policyContext ? { context: policyContext } : {}),
  };
}

function askPolicy(
  policy: PolicyDecider,
  call: GovernedCall,
  recorder: Recorder,
): Promise<ControlDecision> {
  return policy.decide(policyRequest(call, 'tool_call'), { recorder, context: call.context });
}

function askPolicyAgain(
  policy: PolicyDecider,
  call: GovernedCall,
  result: unknown,
  recorder: Recorder,
): Promise<ControlDecision> {
  const request = { ...policyRequest(call, 'tool_result'), facts: { result } };
  return policy.decide(request, { recorder, context: call.context });
}

/** Who is asked about a call before its tool runs, in order. */
export function questionsBefore(parts: GovernorParts): Questions<[]> {
  const { policy } = parts;
  const controls: readonly (readonly [name: string, control: Control | undefined])[] = [
    ['authorize', parts.authorize],
    ['scope', parts.scope],
    ['policy', policy && ((call, recorder) => askPolicy(policy, call, recorder))],
    ...(parts.preflight ?? []).map(({ name, control }) => [name, control] as const),
  ];
  return (call) =>
    controls.map(([name, control]) => ({
      name,
      ask: control && ((recorder: Recorder) => control(call, recorder)),
    }));
}

/** Who is asked about a result before it is released, in order. */
export function questionsAfter(parts: GovernorParts): Questions<[result: unknown]> {
  const { policy } = parts;
  const postflight = parts.postflight ?? [];
  return (call, result) => [
    ...(policy
      ? [{ name: 'policy', ask: (to: Recorder) => askPolicyAgain(policy, call, result, to) }]
      : []),
    ...postflight.map(({ name, control }) => ({
      name,
      ask: (to: Recorder) => control(call, result, to),
    })),
  ];
}
