import type { Review } from '../reviews/review-state.js';
import type { OwnTokens } from './own-tokens.js';
import type { BoundQuestion } from './question.js';
import type { AuthzenApproval, AuthzenTaskResponse, AuthzenTaskStatus } from './wire.js';

/** What turns a review into a task of the profile. */
export interface TaskParts {
  readonly tokens: OwnTokens;
  readonly issuer: string;
  readonly statusEndpoint: (taskId: string) => string;
  /** Epoch milliseconds. */
  readonly clock: () => number;
}

const STATUS: Readonly<Record<Review['state'], AuthzenTaskStatus>> = {
  pending: 'pending',
  approved: 'approved',
  consumed: 'approved',
  rejected: 'denied',
  expired: 'expired',
};

const secondsOf = (ms: number): number => Math.floor(ms / 1000);

/** The approval that a task carries, signed; undefined for a review without an end. */
async function approvalOf(
  { reviewId, expiresAt, resolvedAt }: Review,
  { subject, resource, action }: BoundQuestion,
  { tokens, issuer, clock }: TaskParts,
): Promise<AuthzenApproval | undefined> {
  if (expiresAt === undefined) return undefined;
  const id = `apr_${reviewId}`;
  const state = await tokens.sign({
    ...{ iss: issuer, aud: issuer, iat: secondsOf(clock()), exp: secondsOf(Date.parse(expiresAt)) },
    ...{ approval_id: id, task_id: reviewId, evaluation_id: reviewId },
    ...{ subject, resource, action },
  });
  const approvedAt = resolvedAt === undefined ? {} : { approved_at: resolvedAt };
  return { id, ...approvedAt, approved_until: expiresAt, state };
}

/**
 * A review as a task, with its approval where there is one.
 *
 * @param question What the review is bound to; without it a task carries no approval.
 */
export async function describeTask(
  review: Review,
  question: BoundQuestion | undefined,
  parts: TaskParts,
): Promise<AuthzenTaskResponse> {
  const { reviewId: id, state, revokedBy, expiresAt } = review;
  const status = revokedBy === undefined ? STATUS[state] : 'cancelled';
  const task = {
    ...{ id, status, status_endpoint: parts.statusEndpoint(id) },
    ...(expiresAt === undefined ? {} : { expires_at: expiresAt }),
  };
  const approval =
    status === 'approved' && question ? await approvalOf(review, question, parts) : undefined;
  return approval ? { task, result: { mode: 'reevaluate', approval } } : { task };
}
