import type { Obligation, Outcome } from '@spanforge/core-events';

/** Outcomes of the decision function, loosest first, as they stand on the wire. */
export const ENFORCEMENT_OUTCOMES = [
  'allow',
  'allow_with_redaction',
  'require_review',
  'deny',
] as const;

/** The outcome of a decision function. */
export type EnforcementOutcome = (typeof ENFORCEMENT_OUTCOMES)[number];

/** The answer of a policy function, and of a decision function over several. */
export interface GovernanceDecision {
  readonly outcome: EnforcementOutcome;
  /** A sentence for people. */
  readonly reason: string;
  readonly metadata?: Readonly<Record<string, unknown>>;
  /** What to redact; the whole result when `allow_with_redaction` comes without a redaction. */
  readonly obligations?: readonly Obligation[];
}

const OURS: Readonly<Record<EnforcementOutcome, Outcome>> = {
  allow: 'allow',
  allow_with_redaction: 'redact',
  require_review: 'human_review',
  deny: 'block',
};

const THEIRS: Readonly<Record<Outcome, EnforcementOutcome>> = {
  allow: 'allow',
  'allow+log': 'allow',
  redact: 'allow_with_redaction',
  human_review: 'require_review',
  block: 'deny',
};

/** The wire value of one of our outcomes; `allow+log` is `allow` there. */
export function toEnforcementOutcome(outcome: Outcome): EnforcementOutcome {
  return THEIRS[outcome];
}

/** Our outcome for a wire value. */
export function fromEnforcementOutcome(outcome: EnforcementOutcome): Outcome {
  return OURS[outcome];
}

const WHOLE_RESULT: Obligation = { kind: 'redact', target: 'result', path: '' };

/** The obligations of a decision; a redaction without a target applies to the whole result. */
export function obligationsOf(decision: GovernanceDecision): readonly Obligation[] {
  const { outcome, obligations = [] } = decision;
  const redacts = obligations.some(({ kind }) => kind === 'redact');
  return outcome === 'allow_with_redaction' && !redacts
    ? [...obligations, WHOLE_RESULT]
    : obligations;
}
