import { formatTime, type Receipt } from '@spanforge/core-events';
import { type ReviewGrantedBody, reviewGrantedV1 } from '@spanforge/core-events/records';
import { z } from 'zod';
import { type GrantBound, grantBoundSchema } from './grant-bounds.js';
import { readBound } from './read-binding.js';
import { throwInvalidReview, throwReviewError } from './review-errors.js';
import {
  appendClaimed,
  contextOf,
  type ReviewParts,
  requireOther,
  requireReview,
  requireReviewer,
} from './review-parts.js';
import type { Review } from './review-state.js';

const MAX_USES = 10_000;
const DAY_MS = 86_400_000;

const request = z.strictObject({
  reviewId: z.string().min(1).max(512),
  reviewer: z.string().min(1).max(512),
  bounds: z.array(grantBoundSchema).max(64),
  maxUses: z.number().int().min(1).max(MAX_USES),
  ttlMs: z.number().positive().max(DAY_MS),
  note: z.string().max(4096).optional(),
});

/** Leave to run calls like a reviewed one, in the same run, by the same agent for the same person. */
export interface ReviewGrantRequest {
  /** The review of the call the grant is modelled on. */
  readonly reviewId: string;
  readonly reviewer: string;
  /** Where arguments may differ from the reviewed call's; whatever is not named must be equal. */
  readonly bounds: readonly GrantBound[];
  /** How many calls, 1 to 10000. */
  readonly maxUses: number;
  /** How long, at most a day. */
  readonly ttlMs: number;
  readonly note?: string;
}

/** A recorded grant. */
export interface RecordedGrant {
  readonly grantId: string;
  readonly receipt: Receipt;
}

/** What a grant covers, as it is disclosed. */
export interface GrantValue {
  readonly tool: string;
  readonly args: unknown;
  readonly bounds: readonly GrantBound[];
  readonly tenant: string;
  readonly project: string;
  readonly env: string;
  readonly run: string;
  readonly agent: string;
  readonly actor: string;
}

function throwRefused(reviewId: string, why: string): never {
  return throwReviewError('GOVERN_GRANT_REFUSED', `no grant can be given: ${why}`, reviewId);
}

async function requireGrantable(
  parts: ReviewParts,
  review: Review,
  reviewer: string,
): Promise<void> {
  const { reviewId, declassify, state, required, rules } = review;
  requireOther(review, reviewer);
  if (declassify) throwRefused(reviewId, 'this review is about labels');
  if (required > 1) throwRefused(reviewId, 'calls like this one need several people each time');
  if (rules.length === 0)
    throwRefused(reviewId, 'the request names no rule that a grant could answer');
  if (state === 'rejected' || state === 'expired') throwRefused(reviewId, `the review is ${state}`);
  await requireReviewer(parts, review, reviewer);
}

async function readReviewed({ log }: ReviewParts, { reviewId, index, binding }: Review) {
  try {
    return await readBound(log, { index, digest: binding, name: 'binding' });
  } catch {
    return throwRefused(reviewId, 'its arguments are no longer on record');
  }
}

function bodyOf(
  { reviewer, maxUses, ttlMs, note, reviewId }: ReviewGrantRequest,
  review: Review,
  { grantId, digest, nowMs }: { grantId: string; digest: string; nowMs: number },
): object {
  const { tool, rules, labels, roles } = review;
  const obligations = review.obligations as unknown as ReviewGrantedBody['obligations'];
  return reviewGrantedV1.toWire({
    reviewId: grantId,
    fromReview: reviewId,
    reviewer,
    tool,
    binding: digest,
    maxUses,
    expiresAt: formatTime(nowMs + ttlMs),
    rules: [...rules],
    labels: labels.length === 0 ? undefined : [...labels],
    obligations: review.obligations.length === 0 ? undefined : obligations,
    roles: roles.length === 0 ? undefined : [...roles],
    note,
    values: { grant: digest },
  });
}

/**
 * Records a grant. It only replaces asking a person, for the rules of its review; every call is still
 * decided under the current policy.
 */
export async function grantCalls(
  parts: ReviewParts,
  asked: ReviewGrantRequest,
): Promise<RecordedGrant> {
  const parsed = request.safeParse(asked);
  if (!parsed.success) return throwInvalidReview('grant', parsed.error.issues[0]?.path);
  const { reviewId, reviewer, bounds } = asked;
  const { review } = await requireReview(parts, reviewId);
  await requireGrantable(parts, review, reviewer);
  const bound = await readReviewed(parts, review);
  if (Object.hasOwn(bound, 'result')) throwRefused(reviewId, 'this review is about a result');
  const { tenant, project, env, run, agent, actor } = review.context;
  const where = { tenant, project, env, run, agent, actor };
  const value: GrantValue = { tool: review.tool, args: bound.args, bounds, ...where };
  const disclosed = parts.disclose('grant', JSON.parse(JSON.stringify(value)));
  const grantId = parts.ids();
  const at = { grantId, digest: disclosed.digest, nowMs: parts.clock() };
  const draft = {
    type: reviewGrantedV1.key,
    context: contextOf(parts, review.context, reviewer),
    body: bodyOf(asked, review, at),
    disclosures: [disclosed],
  };
  const result = await appendClaimed(parts, reviewId, draft, undefined);
  if (result.kind === 'claimed') return throwRefused(reviewId, 'it was given before');
  return { grantId, receipt: result.receipt };
}
