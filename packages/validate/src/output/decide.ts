import {
  joinObligations,
  type Obligation,
  type Outcome,
  type PolicyVerdict,
  strictest,
  strictness,
} from '@spanforge/core-events';
import type { FieldFinding } from '@spanforge/detect';
import type { OutputDecision, OutputOutcomes, OutputReasonCode } from '../output-decision.js';
import type { Violation } from '../violation.js';

const SENTENCES: Readonly<Record<Exclude<OutputReasonCode, 'policy'>, string>> = {
  valid: 'the output holds what was asked of it',
  schema: 'the output is not what its schema asks for',
  confidence: 'the output is not confident enough',
  personal_data: 'the output holds personal data',
  secret: 'the output holds a secret',
  unreadable: 'the output is no data that could be checked',
  correction_failed: 'the output could not be corrected',
  request_invalid: 'the request could not be read',
  policy_unavailable: 'the policy could not be asked',
  evidence_unavailable: 'the validation could not be recorded',
};

/** A refusal, for what cannot be read, decided or recorded. */
export function refusal(
  reasonCode: 'request_invalid' | 'policy_unavailable' | 'evidence_unavailable',
): OutputDecision {
  return { outcome: 'block', obligations: [], reason: SENTENCES[reasonCode], reasonCode };
}

type Kind = Exclude<
  OutputReasonCode,
  'valid' | 'policy' | `${string}_unavailable` | 'request_invalid'
>;

function kindOf({ rule }: Violation): Kind {
  if (rule.startsWith('schema.')) return 'schema';
  if (rule.startsWith('confidence.')) return 'confidence';
  if (rule.startsWith('pii.')) return 'personal_data';
  if (rule.startsWith('secret.')) return 'secret';
  return rule.startsWith('correction.') ? 'correction_failed' : 'unreadable';
}

function outcomeOf(
  kind: Kind,
  { onSchema, onLowConfidence, onPersonalData, onSecret }: OutputOutcomes,
): Outcome {
  if (kind === 'schema') return onSchema;
  if (kind === 'confidence') return onLowConfidence;
  if (kind === 'personal_data') return onPersonalData;
  return kind === 'secret' ? onSecret : 'block';
}

/** The types that must be masked before anybody sees the output. */
function masks(findings: readonly FieldFinding[]): readonly Obligation[] {
  const types = [...new Set(findings.map(({ type }) => type))].sort();
  return types.length === 0 ? [] : [{ kind: 'redact', target: 'result', path: '', types }];
}

/**
 * The service's own decision, without a policy. An always-blocking secret blocks, whatever the
 * settings.
 */
export function decideAlone(
  violations: readonly Violation[],
  findings: readonly FieldFinding[],
  outcomes: OutputOutcomes,
): OutputDecision {
  let outcome: Outcome = 'allow';
  let reasonCode: OutputReasonCode = 'valid';
  for (const one of violations) {
    const kind = kindOf(one);
    const said = outcomeOf(kind, outcomes);
    if (reasonCode === 'valid' || strictness(said) > strictness(outcome)) reasonCode = kind;
    outcome = strictest(outcome, said);
  }
  if (findings.some(({ alwaysBlocking }) => alwaysBlocking)) {
    outcome = 'block';
    reasonCode = 'secret';
  }
  return { outcome, obligations: masks(findings), reason: SENTENCES[reasonCode], reasonCode };
}

/**
 * Combines the decisions of service and policy: the stricter one counts, and all masks are kept.
 */
export function decideWith(alone: OutputDecision, verdict: PolicyVerdict): OutputDecision {
  const { policy } = verdict;
  const stricter = strictness(verdict.outcome) > strictness(alone.outcome);
  const joined: OutputDecision = {
    outcome: strictest(alone.outcome, verdict.outcome),
    obligations: joinObligations(alone.obligations, verdict.obligations),
    reason: stricter ? verdict.reason : alone.reason,
    reasonCode: stricter ? 'policy' : alone.reasonCode,
  };
  if (policy === undefined) return joined;
  const { id, version, digest } = policy;
  return { ...joined, policy: { id, version, digest, action: verdict.outcome } };
}
