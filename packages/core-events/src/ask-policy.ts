import { z } from 'zod';
import type { PolicyReference } from './context.js';
import { OUTCOMES, type Outcome } from './outcome.js';
import type { PolicyDecider, PolicyRequest, PolicyVerdict } from './ports.js';
import { name, obligation } from './records/record-type.js';
import { within } from './within.js';

/** The bundle that was asked, and what it said: as a decision record carries it. */
export interface PolicyAnswer extends PolicyReference {
  readonly action: Outcome;
}

/** What a policy said, fit to be joined with a decision and to be recorded. */
export interface HeardPolicy {
  readonly verdict: PolicyVerdict;
  /** Absent when no bundle is active. */
  readonly answer?: PolicyAnswer;
}

/** As much of a verdict as a decision rests on; findings about single rules are not. */
const verdictSchema = z.object({
  outcome: z.enum(OUTCOMES),
  obligations: z.array(obligation),
  reason: z.string(),
  reasonCode: name,
  policy: z.object({ id: z.string(), version: z.string(), digest: z.string() }).optional(),
});

/**
 * Asks a policy once, without a scope: the caller records the answer in its own record.
 *
 * Undefined when there is no decider, when it throws, rejects or is slower than `timeoutMs`, and
 * when its answer is none that could be recorded: whoever asks has to block then. Never rejects.
 */
export async function askPolicy(
  decider: PolicyDecider | undefined,
  request: PolicyRequest,
  timeoutMs: number,
): Promise<HeardPolicy | undefined> {
  if (decider === undefined) return undefined;
  try {
    const verdict = await within(timeoutMs, () => decider.decide(request));
    const { outcome, policy } = verdictSchema.parse(verdict);
    return policy === undefined ? { verdict } : { verdict, answer: { ...policy, action: outcome } };
  } catch {
    return undefined;
  }
}
