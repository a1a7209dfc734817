import { z } from 'zod';
import type { PolicyReference, RecordMode } from './context.js';
import { OUTCOMES, type Outcome } from './outcome.js';
import type { DecisionScope, PolicyDecider, PolicyRequest, PolicyVerdict } from './policy-port.js';
import type { Recorder } from './ports.js';
import { name, obligation } from './records/record-type.js';
import { within } from './within.js';

/** The bundle that was asked and its answer, as in a decision record. */
export interface PolicyAnswer extends PolicyReference {
  readonly action: Outcome;
}

/** A policy's decision, for combining with others and for recording. */
export interface HeardPolicy {
  readonly verdict: PolicyVerdict;
  /** Absent when no bundle is active. */
  readonly answer?: PolicyAnswer;
  /** Id of the policy's own record of this decision, if the decider returned it. */
  readonly decisionId?: string;
}

/** How to ask a policy. */
export interface AskPolicyOptions {
  /** How long the policy may take, including its record. */
  readonly timeoutMs: number;
  /** Where the policy records its decision: recorder and context of the call. */
  readonly scope: DecisionScope;
  /** The mode of that record; default `live`. */
  readonly mode?: RecordMode | undefined;
}

/** The parts of a verdict that a decision needs; findings about single rules are not among them. */
const verdictSchema = z.object({
  outcome: z.enum(OUTCOMES),
  obligations: z.array(obligation),
  reason: z.string(),
  reasonCode: name,
  policy: z.object({ id: z.string(), version: z.string(), digest: z.string() }).optional(),
  decisionId: z.string().min(1).max(512).optional(),
});

function inMode(recorder: Recorder, mode: RecordMode | undefined): Recorder {
  if (mode === undefined) return recorder;
  return {
    append: (drafts, options) =>
      recorder.append(
        drafts.map((draft) => ({ ...draft, mode })),
        options,
      ),
  };
}

/**
 * Asks a policy one question, which the policy records once through the given scope.
 *
 * Undefined if there is no decider, if it throws, rejects or is slower than `timeoutMs`, and if its
 * answer cannot be recorded: then the caller must block. Never rejects.
 */
export async function askPolicy(
  decider: PolicyDecider | undefined,
  request: PolicyRequest,
  options: AskPolicyOptions,
): Promise<HeardPolicy | undefined> {
  if (decider === undefined) return undefined;
  const { context, recorder } = options.scope;
  const scope = { recorder: inMode(recorder, options.mode), context };
  try {
    const verdict = await within(options.timeoutMs, () => decider.decide(request, scope));
    const { outcome, policy, decisionId } = verdictSchema.parse(verdict);
    return {
      verdict,
      ...(policy === undefined ? {} : { answer: { ...policy, action: outcome } }),
      ...(decisionId === undefined ? {} : { decisionId }),
    };
  } catch {
    return undefined;
  }
}
