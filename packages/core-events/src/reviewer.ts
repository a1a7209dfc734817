/**
 * Who wants to decide, and for whom: asked when a person decides, and again when the approval is
 * used.
 */
export interface ReviewerQuestion {
  readonly tenant: string;
  /** The principal for whom the call is made. */
  readonly requester: string;
  /** The agent that makes it. */
  readonly agent: string;
  /** The people who approved, or want to. */
  readonly reviewers: readonly string[];
  /** How many distinct people must approve. */
  readonly required: number;
  /** Each reviewer needs any one of these roles; if empty, none is needed. */
  readonly roles: readonly string[];
}

/** Whether they may decide. */
export interface ReviewerFinding {
  readonly eligible: boolean;
  readonly reason: string;
  readonly reasonCode: string;
}

/**
 * Says who may decide reviews; implemented by the role service. A check that rejects counts as
 * "no".
 */
export type ReviewerCheck = (question: ReviewerQuestion) => Promise<ReviewerFinding>;
