import type { Obligation, Outcome, PolicyReference } from '@spanforge/core-events';

/** The reason for the outcome of a validation. */
export type OutputReasonCode =
  | 'valid'
  | 'schema'
  | 'confidence'
  | 'personal_data'
  | 'secret'
  | 'unreadable'
  | 'correction_failed'
  | 'policy'
  | 'request_invalid'
  | 'policy_unavailable'
  | 'evidence_unavailable';

/** The bundle that was asked, and its decision. */
export interface OutputPolicyAnswer extends PolicyReference {
  readonly action: Outcome;
}

/** The decision that follows from a validation. */
export interface OutputDecision {
  readonly outcome: Outcome;
  readonly obligations: readonly Obligation[];
  /** A sentence for people. */
  readonly reason: string;
  readonly reasonCode: OutputReasonCode;
  readonly policy?: OutputPolicyAnswer;
  /** Id of the policy's own record of this decision. */
  readonly policyDecisionId?: string;
}

/** The outcome for each kind of violation, if no policy is stricter. */
export interface OutputOutcomes {
  readonly onSchema: Outcome;
  readonly onLowConfidence: Outcome;
  readonly onPersonalData: Outcome;
  readonly onSecret: Outcome;
}
