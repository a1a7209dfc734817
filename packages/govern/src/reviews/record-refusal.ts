import { governanceViolationV1 } from '@spanforge/core-events/records';
import { GovernError, type GovernErrorCode } from '../error.js';
import { contextOf, type ReviewParts } from './review-parts.js';

/** Refusals of something a person may not do. Mistakes, such as a text that is too long, are not recorded. */
const ON_RECORD: readonly GovernErrorCode[] = [
  'GOVERN_REVIEW_SELF_APPROVAL',
  'GOVERN_REVIEWER_NOT_ELIGIBLE',
  'GOVERN_REVIEW_EXPIRED',
  'GOVERN_REVIEW_ALREADY_RESOLVED',
];

/**
 * Runs what a person asks for, and records a refusal before throwing it. If it cannot be recorded,
 * the refusal is thrown all the same.
 */
export async function recordingRefusal<Value>(
  parts: ReviewParts,
  { reviewId, reviewer }: { readonly reviewId: string; readonly reviewer: string },
  work: () => Promise<Value>,
): Promise<Value> {
  try {
    return await work();
  } catch (error) {
    if (GovernError.is(error) && ON_RECORD.includes(error.code)) {
      await record(parts, { reviewId, reviewer }, error).catch(() => undefined);
    }
    throw error;
  }
}

async function record(
  parts: ReviewParts,
  { reviewId, reviewer }: { readonly reviewId: string; readonly reviewer: string },
  { code, message }: GovernError,
): Promise<void> {
  const entry = (await parts.book()).byId.get(reviewId);
  if (entry === undefined) return;
  const violation = code.replace(/^GOVERN_/, '').toLowerCase();
  const body = governanceViolationV1.toWire({
    violation,
    subject: reviewId,
    blocked: false,
    reason: message,
  });
  const context = contextOf(parts, entry.context, reviewer);
  await parts.log.append([{ type: governanceViolationV1.key, context, body }]);
}
