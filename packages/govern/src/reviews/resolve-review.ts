import { type Disclosure, formatTime, type Receipt } from '@spanforge/core-events';
import { reviewResolvedV2 } from '@spanforge/core-events/records';
import { canonicalize } from '@spanforge/core-signing';
import { escalateReview } from './escalate.js';
import { readBound } from './read-binding.js';
import { recordingRefusal } from './record-refusal.js';
import { throwReviewError } from './review-errors.js';
import {
  appendClaimed,
  contextOf,
  type FoundReview,
  type ReviewParts,
  requireOther,
  requireReview,
  requireReviewer,
} from './review-parts.js';
import { parseResolution, type ReviewResolution } from './review-requests.js';
import type { Review } from './review-state.js';
import { hasApproved, type ReviewVote, tally } from './review-votes.js';

const MAX_RACES = 64;

/** What an approval is valid for, and its disclosure when the reviewer edited it. */
interface Approved {
  readonly approves: string;
  readonly edited?: Disclosure;
}

function requirePending(review: Review, { reviewId, reviewer }: ReviewResolution): void {
  requireOther(review, reviewer);
  if (review.state === 'expired') {
    throwReviewError('GOVERN_REVIEW_EXPIRED', 'the review has expired', reviewId);
  }
  if (review.state !== 'pending') {
    throwReviewError(
      'GOVERN_REVIEW_ALREADY_RESOLVED',
      'the review has already been decided',
      reviewId,
    );
  }
}

function throwNotEditable(reviewId: string, why: string, cause?: unknown): never {
  const message = `the arguments cannot be edited: ${why}`;
  return throwReviewError('GOVERN_REVIEW_NOT_EDITABLE', message, reviewId, cause);
}

/** The binding that is to be approved now, with who wrote it. */
function readTarget({ log }: ReviewParts, { review, entry }: FoundReview) {
  const { index, binding } = review;
  const target = entry.votes.at(-1)?.approves ?? binding;
  const edit = entry.votes.find(({ approves }) => approves === target);
  return target === binding
    ? readBound(log, { index, digest: binding, name: 'binding' })
    : readBound(log, { index: edit?.index ?? index, digest: target, name: 'edited' });
}

async function readEdit(
  parts: ReviewParts,
  found: FoundReview,
  { reviewId, args }: ReviewResolution,
): Promise<Approved> {
  const { review, entry } = found;
  if (review.declassify) throwNotEditable(reviewId, 'this review is about labels');
  const target = entry.votes.at(-1)?.approves ?? review.binding;
  let bound: Record<string, unknown>;
  let changed: string;
  try {
    bound = await readTarget(parts, found);
    changed = canonicalize(args);
  } catch (cause) {
    return throwNotEditable(reviewId, 'they are no longer on record, or not plain data', cause);
  }
  if (Object.hasOwn(bound, 'result')) throwNotEditable(reviewId, 'the tool has run');
  if (canonicalize(bound.args) === changed) return { approves: target };
  const edited = parts.disclose('edited', { ...bound, args: JSON.parse(changed) });
  return { approves: edited.digest, edited };
}

/** What this decision approves: the edited arguments, or without any, what was asked for. */
async function readApproved(
  parts: ReviewParts,
  found: FoundReview,
  asked: ReviewResolution,
): Promise<Approved> {
  const { binding, reviewId } = found.review;
  const target = found.entry.votes.at(-1)?.approves ?? binding;
  if (asked.resolution === 'rejected') return { approves: target };
  if (Object.hasOwn(asked, 'args')) return readEdit(parts, found, asked);
  if ((asked.approves ?? binding) === target) return { approves: target };
  throwReviewError(
    'GOVERN_REVIEW_EDITED',
    'a reviewer has edited the arguments; look at them, and approve them by their digest',
    reviewId,
  );
}

function voteOf(asked: ReviewResolution, { approves }: Approved, at: string): ReviewVote {
  const { reviewer, resolution } = asked;
  return { reviewer, resolution, at, index: -1, approves };
}

function bodyOf(
  { review, entry }: FoundReview,
  asked: ReviewResolution,
  approved: Approved,
  nowMs: number,
): object {
  const { reviewId, resolution, reviewer, note, scope, ttlMs } = asked;
  const votes = [...entry.votes, voteOf(asked, approved, '')];
  const { binding, required, roles, rules } = review;
  const { edited, approves } = approved;
  const rejects = resolution === 'rejected' ? (scope ?? 'call') : undefined;
  return reviewResolvedV2.toWire({
    reviewId,
    resolution,
    reviewer,
    binding,
    vote: votes.length,
    required,
    decided: tally(votes, required).kind !== 'open',
    approves: resolution === 'approved' ? approves : undefined,
    roles: roles.length === 0 ? undefined : [...roles],
    scope: rejects,
    rules: rejects === 'rule' ? [...rules] : undefined,
    note,
    expiresAt: ttlMs === undefined ? undefined : formatTime(nowMs + ttlMs),
    values: edited === undefined ? undefined : { edited: edited.digest },
  });
}

async function tryToResolve(parts: ReviewParts, asked: ReviewResolution) {
  const { reviewId, reviewer, resolution } = asked;
  const found = await requireReview(parts, reviewId);
  const { review, entry } = found;
  requirePending(review, asked);
  await requireReviewer(parts, review, reviewer);
  const approved = await readApproved(parts, found, asked);
  const again = approved.approves === entry.votes.at(-1)?.approves;
  if (resolution === 'approved' && again && hasApproved(entry.votes, reviewer)) {
    const message = 'this reviewer has approved already; others have to';
    throwReviewError('GOVERN_REVIEW_ALREADY_RESOLVED', message, reviewId);
  }
  if (asked.scope === 'rule' && review.rules.length === 0) {
    const message = 'the request names no rule that could be refused for the run';
    throwReviewError('GOVERN_REVIEW_INVALID', message, reviewId);
  }
  const { edited } = approved;
  const draft = {
    type: reviewResolvedV2.key,
    context: contextOf(parts, review.context, reviewer),
    body: bodyOf(found, asked, approved, parts.clock()),
    ...(edited === undefined ? {} : { disclosures: [edited] }),
  };
  const n = entry.votes.length + 1;
  const claim = n === 1 ? `review-resolved:${reviewId}` : `review-resolved:${reviewId}:${n}`;
  return appendClaimed(parts, reviewId, draft, claim);
}

/**
 * Records a person's decision. Two simultaneous decisions take the same claim: the later one is
 * tried again on the review's new state, and refused if that is decided.
 */
export async function resolveByVote(parts: ReviewParts, given: ReviewResolution): Promise<Receipt> {
  const asked = parseResolution(given);
  await escalateReview(parts, asked.reviewId);
  for (let race = 0; race < MAX_RACES; race += 1) {
    const result = await recordingRefusal(parts, asked, () => tryToResolve(parts, asked));
    if (result.kind === 'stored') return result.receipt;
  }
  return throwReviewError(
    'GOVERN_REVIEW_ALREADY_RESOLVED',
    'the review has already been decided',
    asked.reviewId,
  );
}
