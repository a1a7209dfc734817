import type { z } from 'zod';
import { isSameQuestion } from './question.js';
import type { AuthzenProblemName, bindingClaimsSchema, submissionSchema } from './wire.js';

/** The claims of a binding token that this decision point signed. */
export type BindingClaims = z.infer<typeof bindingClaimsSchema>;

/**
 * Whether a submission is about the denial that its binding token names, and in time.
 *
 * @param claims Of the token, verified; undefined without one, or when it is another's.
 * @param isOver True for an epoch, in milliseconds, that has passed.
 * @returns The claims it is bound by, or the name of the problem.
 */
export function checkSubmission(
  submission: z.infer<typeof submissionSchema>,
  claims: BindingClaims | undefined,
  isOver: (ms: number) => boolean,
):
  | { readonly kind: 'bound'; readonly claims: BindingClaims }
  | { readonly kind: 'problem'; readonly problem: AuthzenProblemName } {
  const { denial } = submission;
  if (
    claims === undefined ||
    (denial.evaluation_id ?? claims.evaluation_id) !== claims.evaluation_id ||
    denial.expires_at !== claims.denial_expires_at ||
    !isSameQuestion(submission, claims)
  ) {
    return { kind: 'problem', problem: 'invalid_denial_binding' };
  }
  return isOver(Math.min(claims.exp * 1000, Date.parse(claims.denial_expires_at)))
    ? { kind: 'problem', problem: 'expired_denial' }
    : { kind: 'bound', claims };
}
