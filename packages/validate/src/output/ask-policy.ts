import {
  type EvidenceContext,
  OUTCOMES,
  type Outcome,
  type PolicyDecider,
  type PolicyVerdict,
  within,
} from '@spanforge/core-events';

function isVerdict(value: unknown): value is PolicyVerdict {
  return (
    typeof value === 'object' &&
    value !== null &&
    'outcome' in value &&
    OUTCOMES.includes(value.outcome as Outcome) &&
    'matched' in value &&
    typeof value.matched === 'boolean' &&
    'reason' in value &&
    typeof value.reason === 'string' &&
    'obligations' in value &&
    Array.isArray(value.obligations)
  );
}

/** Asks the policy once. Undefined when it is not there, fails, is too slow or makes no sense. */
export async function askPolicy(
  decider: PolicyDecider | undefined,
  timeoutMs: number,
  question: {
    readonly context: EvidenceContext;
    readonly observed: number | undefined;
    readonly facts: Readonly<Record<string, unknown>>;
    readonly nowMs: number;
  },
): Promise<PolicyVerdict | undefined> {
  if (decider === undefined) return undefined;
  const { context, observed, facts, nowMs } = question;
  try {
    const verdict: unknown = await within(timeoutMs, () =>
      decider.decide({
        service: 'sf_validate',
        control: 'output_validation',
        actor: { id: context.actor },
        agent: { id: context.agent },
        env: context.env,
        ...(observed === undefined ? {} : { observed }),
        context: facts,
        time: nowMs,
      }),
    );
    return isVerdict(verdict) ? verdict : undefined;
  } catch {
    return undefined;
  }
}
