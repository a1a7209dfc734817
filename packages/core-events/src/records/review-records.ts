import { reviewConsumedV1 } from './review-consumed-v1.js';
import { reviewEscalatedV1 } from './review-escalated-v1.js';
import { reviewGrantedV1 } from './review-granted-v1.js';
import { reviewRequestedV1 } from './review-requested-v1.js';
import { reviewResolvedV1 } from './review-resolved-v1.js';
import { reviewResolvedV2 } from './review-resolved-v2.js';
import { reviewRevokedV1 } from './review-revoked-v1.js';
import { reviewSnoozedV1 } from './review-snoozed-v1.js';

/**
 * The record types about reviews, by what happened. All of them together are the state of reviews:
 * whoever restores or shows it must read each one.
 */
export const REVIEW_RECORDS = Object.freeze({
  requested: reviewRequestedV1,
  escalated: reviewEscalatedV1,
  snoozed: reviewSnoozedV1,
  /** Written by earlier versions: one person decides. */
  resolvedV1: reviewResolvedV1,
  resolved: reviewResolvedV2,
  granted: reviewGrantedV1,
  revoked: reviewRevokedV1,
  consumed: reviewConsumedV1,
});
