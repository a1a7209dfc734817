import { joinObligations, type Obligation } from '@spanforge/core-events';
import { type GovernanceDecision, obligationsOf } from './outcome.js';

/**
 * Combines the decisions of several policies: the first denial wins, then review, then allow.
 *
 * The reasons are the documented sentences. A redaction is never lost: everything any policy wants
 * redacted is in `obligations`, and an `allow` then becomes `allow_with_redaction`.
 */
export function combineDecisions(decisions: readonly GovernanceDecision[]): GovernanceDecision {
  const obligations = decisions.reduce<readonly Obligation[]>(
    (joined, decision) => joinObligations(joined, obligationsOf(decision)),
    [],
  );
  const more = obligations.length === 0 ? {} : { obligations };
  const denial = decisions.find(({ outcome }) => outcome === 'deny');
  if (denial) return { outcome: 'deny', reason: `Policy violation: ${denial.reason}`, ...more };
  if (decisions.some(({ outcome }) => outcome === 'require_review')) {
    const reason = 'Requires human review: conflicting policy requirements';
    return { outcome: 'require_review', reason, ...more };
  }
  const redacts = obligations.some(({ kind }) => kind === 'redact');
  const outcome = redacts ? 'allow_with_redaction' : 'allow';
  return { outcome, reason: 'No policy violations detected', ...more };
}
