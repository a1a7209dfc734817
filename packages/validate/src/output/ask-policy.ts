import {
  askPolicy,
  type EvidenceContext,
  type PolicyDecider,
  type PolicyVerdict,
} from '@spanforge/core-events';

/** Asks the policy once. Undefined when it is not there, fails, is too slow or makes no sense. */
export async function askAboutOutput(
  decider: PolicyDecider | undefined,
  timeoutMs: number,
  question: {
    readonly context: EvidenceContext;
    readonly observed: number | undefined;
    readonly facts: Readonly<Record<string, unknown>>;
    readonly nowMs: number;
  },
): Promise<PolicyVerdict | undefined> {
  const { context, observed, facts, nowMs } = question;
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
  return (await askPolicy(decider, request, timeoutMs))?.verdict;
}
