import { z } from 'zod';
import type { PolicyReference, RecordMode } from './context.js';
import { OUTCOMES, type Outcome } from './outcome.js';
import type {
  DecisionScope,
  PolicyDecider,
  PolicyRequest,
  PolicyVerdict,
  Recorder,
} from './ports.js';
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
  /** Id of the policy's own record of this decision, where the decider tells it. */
  readonly decisionId?: string;
}

/** How a policy is asked. */
export interface AskPolicyOptions {
  /** How long the policy may take, its record included. */
  readonly timeoutMs: number;
  /** Where the policy records its decision: the recorder and context of the call asked about. */
  readonly scope: DecisionScope;
  /** The mode of that record; `live` when absent. */
  readonly mode?: RecordMode | undefined;
}

/** As much of a verdict as a decision rests on; findings about single rules are not. */
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
 * Undefined when there is no decider, when it throws, rejects or is slower than `timeoutMs`, and
 * when its answer cannot be recorded: the caller must block then. Never rejects.
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
