import type { PolicyReviewBody } from '@spanforge/core-events/records';

/** What a person says about a decision: the call ought to be flagged, ought not, or cannot be told by this rule. */
export type ReviewVerdict = PolicyReviewBody['verdict'];

/** The review of a decision by one reviewer that stands. */
export interface StandingReview {
  readonly recordId: string;
  /** Where its record stands in the log; the note is among the disclosures there. */
  readonly index: number;
  readonly time: string;
  readonly decisionId: string;
  readonly verdict: ReviewVerdict;
  readonly reviewer: string;
  readonly environment: string;
  readonly traceId: string;
}
