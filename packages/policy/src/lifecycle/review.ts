import type { PolicyReviewBody } from '@spanforge/core-events/records';

/** What a reviewer says about a decision: rightly flagged, wrongly flagged, or not decidable by this rule. */
export type ReviewVerdict = PolicyReviewBody['verdict'];

/** The latest review of a decision by one reviewer. */
export interface StandingReview {
  readonly recordId: string;
  /** Where its record stands in the log; the note is among the disclosures there. */
  readonly index: number;
  readonly time: string;
  readonly decisionId: string;
  readonly verdict: ReviewVerdict;
  readonly reviewer: string;
  readonly environment: string;
  /** The project of the decision. */
  readonly project: string;
  readonly traceId: string;
}
