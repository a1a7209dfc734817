import type { ReviewerCheck } from '@spanforge/core-events';
import { effectiveRoles } from './decide.js';
import type { ActorRegistry } from './registry.js';
import type { RoleMatrix } from './role-matrix.js';
import { checkSeparationOfDuty } from './separation-of-duty.js';

/** The resource whose roles count for a reviewer, in addition to the actor's general roles. */
const REVIEWS = 'reviews';

/**
 * Checks who may decide a review: enough distinct people, not the requester, each with one of the
 * demanded roles now. Rejects when the roles cannot be read.
 */
export function createReviewerCheck(
  roleMatrix: RoleMatrix,
  readState: () => Promise<ActorRegistry>,
): ReviewerCheck {
  return async ({ tenant, requester, agent, reviewers, required, roles }) => {
    const registry = await readState();
    const holds = (id: string): boolean => {
      if (roles.length === 0) return true;
      const actor = registry.find(tenant, id);
      const own = actor ? effectiveRoles(roleMatrix, actor, REVIEWS) : [];
      return own.some((role) => roles.includes(role));
    };
    const eligible = reviewers.filter(holds);
    for (const asking of [requester, agent]) {
      const duty = { requester: asking, approvers: reviewers, required, eligible };
      const { satisfied, reason, reasonCode } = checkSeparationOfDuty(duty);
      if (!satisfied) return { eligible: false, reason, reasonCode };
    }
    return { eligible: true, reason: 'They may decide.', reasonCode: 'satisfied' };
  };
}
