import {
  type EvidenceContext,
  type PolicyDecider,
  type PolicyVerdict,
  within,
} from '@spanforge/core-events';
import type { ScopeFinding, ScopeRequest } from './decide.js';

/** What is told to the policy about a request, beside the request. */
export interface PolicyQuestion {
  readonly request: ScopeRequest;
  readonly context: EvidenceContext;
  readonly finding: ScopeFinding;
  readonly capabilities: readonly string[];
  /** Epoch milliseconds. */
  readonly nowMs: number;
}

function isVerdict(value: unknown): value is PolicyVerdict {
  return (
    typeof value === 'object' &&
    value !== null &&
    'outcome' in value &&
    'obligations' in value &&
    Array.isArray(value.obligations)
  );
}

/** Asks the policy once. Undefined when it is not there, fails, is too slow or makes no sense. */
export async function askPolicy(
  decider: PolicyDecider | undefined,
  timeoutMs: number,
  { request, context, finding, capabilities, nowMs }: PolicyQuestion,
): Promise<PolicyVerdict | undefined> {
  if (decider === undefined) return undefined;
  try {
    const verdict: unknown = await within(timeoutMs, () =>
      decider.decide({
        service: 'sf_scope',
        control: 'capability_enforcement',
        resource: request.resource,
        action: request.action,
        actor: { id: context.actor },
        agent: { id: request.agentId, capabilities },
        env: context.env,
        observed: finding.granted ? 1 : 0,
        time: nowMs,
      }),
    );
    return isVerdict(verdict) ? verdict : undefined;
  } catch {
    return undefined;
  }
}
