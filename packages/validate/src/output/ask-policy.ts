import {
  askPolicy,
  type DecisionScope,
  type HeardPolicy,
  type PolicyDecider,
  type RecordMode,
} from '@spanforge/core-events';

/** Under which names the policy is asked. */
export const OUTPUT_QUESTION = Object.freeze({
  service: 'sf_validate',
  control: 'output_validation',
});

/** Asks the policy once. Undefined if it is missing, fails, is too slow or gives an invalid answer. */
export async function askAboutOutput(
  decider: PolicyDecider | undefined,
  timeoutMs: number,
  question: {
    readonly scope: DecisionScope;
    readonly mode: RecordMode | undefined;
    readonly observed: number | undefined;
    readonly facts: Readonly<Record<string, unknown>>;
    readonly nowMs: number;
  },
): Promise<HeardPolicy | undefined> {
  const { scope, mode, observed, facts, nowMs } = question;
  const { context } = scope;
  const request = {
    ...OUTPUT_QUESTION,
    actor: { id: context.actor },
    agent: { id: context.agent },
    env: context.env,
    ...(observed === undefined ? {} : { observed }),
    context: facts,
    time: nowMs,
  };
  return askPolicy(decider, request, { timeoutMs, scope, mode });
}
