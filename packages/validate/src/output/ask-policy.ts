import {
  askPolicy,
  type DecisionScope,
  type PolicyDecider,
  type PolicyVerdict,
} from '@spanforge/core-events';

/** Asks the policy once. Undefined when it is not there, fails, is too slow or makes no sense. */
export async function askAboutOutput(
  decider: PolicyDecider | undefined,
  timeoutMs: number,
  question: {
    readonly scope: DecisionScope;
    readonly observed: number | undefined;
    readonly facts: Readonly<Record<string, unknown>>;
    readonly nowMs: number;
  },
): Promise<PolicyVerdict | undefined> {
  const { scope, observed, facts, nowMs } = question;
  const { context } = scope;
  const request = {
    service: 'sf_validate',
    control: 'output_validation',
    actor: { id: context.actor },
    agent: { id: context.agent },
    env: context.env,
    ...(observed === undefined ? {} : { observed }),
    context: facts,
    time: nowMs,
  };
  return (await askPolicy(decider, request, { timeoutMs, scope }))?.verdict;
}
