import type {
  Decision,
  EvidenceReader,
  MakeId,
  ReviewerCheck,
  TimeLimit,
} from '@spanforge/core-events';
import type { Approval } from '../model/open-call.js';
import type { ReviewDemandFor } from '../model/review-demand.js';
import type { Review } from '../reviews/review-state.js';
import type { Reviews } from '../reviews/reviews.js';

/** What looking for an approval needs. */
export interface RedeemParts {
  readonly log: EvidenceReader;
  readonly reviews: Reviews;
  readonly reviewers: ReviewerCheck | undefined;
  readonly reviewDemand: ReviewDemandFor | undefined;
  readonly ids: MakeId;
  readonly commitLimit: TimeLimit;
}

/** What a call that needs a person's approval may do now. */
export type Redemption =
  | { readonly kind: 'approved'; readonly decision: Decision; readonly approval: Approval }
  /** A reviewer approved it with other arguments; the controls have to decide about those first. */
  | {
      readonly kind: 'edited';
      readonly args: unknown;
      readonly review: Review;
      readonly approval: Approval;
    }
  /** No reviewer has decided yet. */
  | { readonly kind: 'pending'; readonly reviewId: string }
  /** Nobody has been asked yet. */
  | { readonly kind: 'not_requested' }
  | {
      readonly kind: 'refused';
      readonly decision: Decision;
      readonly reviewId: string | undefined;
      readonly cause: unknown;
    };
