export type {
  ControlDecision,
  ReviewerCheck,
  ReviewerFinding,
  ReviewerQuestion,
} from '@spanforge/core-events';
export {
  type AgentAction,
  createDecisionFunction,
  type DecisionContext,
  type DecisionFunction,
  type DecisionFunctionOptions,
  decisionControl,
  type PolicyFunction,
} from './decision/decision-function.js';
export {
  createGovernanceTrace,
  type GovernanceTrace,
  type GovernanceTraceEntry,
  type GovernanceTraceOptions,
} from './decision/governance-trace.js';
export {
  ENFORCEMENT_OUTCOMES,
  type EnforcementOutcome,
  fromEnforcementOutcome,
  type GovernanceDecision,
  toEnforcementOutcome,
} from './decision/outcome.js';
export { GovernError, type GovernErrorCode, type GovernErrorDetails } from './error.js';
export { createGovernor, govern } from './governor.js';
export { type MetricsWindow, metricsFromLog } from './metrics/from-log.js';
export {
  createMetrics,
  type GovernanceMetrics,
  type Metric,
  type Metrics,
  type TargetStatus,
} from './metrics/metrics.js';
export { observeWith } from './metrics/observe-with.js';
export {
  type AdviceBound,
  type AdviceMissing,
  type AgentAdvice,
  type Finality,
  parseRuleAdvice,
  type RuleAdvice,
  type RuleAdviceFor,
} from './model/advice.js';
export type {
  CallContext,
  CallControl,
  GovernedCall,
  GovernMode,
  NamedControl,
  NamedPostControl,
  PostControl,
  ToolEffect,
} from './model/call.js';
export type { Detect, DetectedSpan } from './model/detect.js';
export type { FactOptions } from './model/facts.js';
export type {
  CallLabelTracker,
  LabelledCall,
  LabelPropagation,
  LabelPropagationMode,
} from './model/labels.js';
export type { CallObservation, GovernObserver } from './model/observation.js';
export type {
  GovernedTool,
  Governor,
  GovernorParts,
  Tool,
  ToolContext,
  ToolOptions,
  UnfinishedCall,
} from './model/options.js';
export type { RefusalLimits } from './model/refusal-limits.js';
export type {
  BlockedCall,
  CallReport,
  CancelledCall,
  CompletedCall,
  FailedCall,
  FinishedCall,
  GovernedResult,
  HeldCall,
  ReviewHandle,
  StreamingCall,
  TimedOutCall,
  WithheldCall,
} from './model/result.js';
export type { ReviewDemand, ReviewDemandFor } from './model/review-demand.js';
export type { Describe } from './model/snapshot.js';
export type { SpanCost, SpanOptions } from './model/span.js';
export {
  type DeclassificationEffects,
  type DeclassificationRequest,
  type RequestedDeclassification,
  requestDeclassification,
} from './reviews/declassify.js';
export type { EscalatedReview } from './reviews/escalate.js';
export type { GrantBound } from './reviews/grant-bounds.js';
export type { RecordedGrant, ReviewGrantRequest } from './reviews/grants.js';
export { type ReviewStatistics, reviewStatistics } from './reviews/queue.js';
export type { ReviewRevocation, ReviewSnooze } from './reviews/review-requests.js';
export type {
  ApprovedDeclassification,
  QueueState,
  Review,
  ReviewState,
} from './reviews/review-state.js';
export type { RejectionScope, ReviewVote } from './reviews/review-votes.js';
export {
  createReviews,
  getReview,
  listReviews,
  type ReviewFilter,
  type ReviewResolution,
  type Reviews,
  type ReviewsOptions,
  resolveReview,
} from './reviews/reviews.js';
export type { ReviewGrant, StandingQuestion, WideRejection } from './reviews/standing.js';
