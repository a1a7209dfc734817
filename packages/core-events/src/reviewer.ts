/** Who wants to decide for whom: asked when a person decides, and again when the approval is used. */
export interface ReviewerQuestion {
  readonly tenant: string;
  /** The principal for whom the call is made. */
  readonly requester: string;
  /** The agent that makes it. */
  readonly agent: string;
  /** Who approved, or wants to. */
  readonly reviewers: readonly string[];
  /** Distinct people needed among them. */
  readonly required: number;
  /** Each needs any one of these roles; none is needed when empty. */
  readonly roles: readonly string[];
}

/** Whether they may. */
export interface ReviewerFinding {
  readonly eligible: boolean;
  readonly reason: string;
  readonly reasonCode: string;
}

/** Says who may decide reviews, such as the role service does; one that rejects counts as "no". */
export type ReviewerCheck = (question: ReviewerQuestion) => Promise<ReviewerFinding>;
