import {
  type Clock,
  type Discloser,
  formatTime,
  type MakeId,
  type RecordDraft,
} from '@spanforge/core-events';
import { bindingOf, requestedRecord } from '../evidence/records.js';
import type { CombinedDecision } from '../model/combined-decision.js';
import type { OpenCall } from '../model/open-call.js';
import { type ReviewDemandFor, reviewDemandOf } from '../model/review-demand.js';

/** What asking a person needs. */
export interface ReviewRequestParts {
  readonly clock: Clock;
  readonly ids: MakeId;
  readonly disclose: Discloser;
  readonly reviewTtlMs: number;
  readonly reviewDemand: ReviewDemandFor | undefined;
}

/** What a person is asked about: the call itself, or what its tool answered. */
export type ReviewSubject =
  | { readonly kind: 'call' }
  | { readonly kind: 'result'; readonly described: unknown };

/** Makes the record that requests a review under this id. */
export function requestReview(
  { clock, disclose, reviewTtlMs, reviewDemand }: Omit<ReviewRequestParts, 'ids'>,
  open: OpenCall,
  combined: CombinedDecision,
  reviewId: string,
  subject: ReviewSubject,
): RecordDraft {
  const { outcome, obligations } = combined.decision;
  const bound = { ...bindingOf(open), obligations, outcome };
  const value = subject.kind === 'result' ? { ...bound, result: subject.described } : bound;
  const binding = disclose('binding', value);
  const demand = reviewDemandOf(reviewDemand, open.call, combined.askedBy);
  const expiresAt = formatTime(clock() + (demand.ttlMs ?? reviewTtlMs));
  return requestedRecord(open, combined, { reviewId, binding, expiresAt, demand });
}
