export type {
  CallContext,
  Control,
  ControlDecision,
  Effect,
  GovernedCall,
  GovernMode,
  NamedControl,
  NamedPostControl,
  PostControl,
} from './call.js';
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
export {
  type DeclassificationEffects,
  type DeclassificationRequest,
  type RequestedDeclassification,
  requestDeclassification,
} from './declassify.js';
export { GovernError, type GovernErrorCode, type GovernErrorDetails } from './error.js';
export { createGovernor, govern } from './governor.js';
export type { Detect, DetectedSpan } from './mask-types.js';
export { type MetricsWindow, metricsFromLog } from './metrics/from-log.js';
export {
  createMetrics,
  type GovernanceMetrics,
  type Metric,
  type Metrics,
  type TargetStatus,
} from './metrics/metrics.js';
export { observeWith } from './metrics/observe-with.js';
export type { CallObservation, GovernObserver } from './metrics/observer.js';
export type {
  GovernedTool,
  Governor,
  GovernorParts,
  Tool,
  ToolContext,
  ToolOptions,
} from './options.js';
export type {
  LabelledCall,
  LabelPropagation,
  LabelTracker,
  PropagationMode,
} from './past/labels.js';
export type { FactOptions } from './past/traces.js';
export type {
  BlockedCall,
  CallReport,
  CancelledCall,
  CompletedCall,
  FailedCall,
  GovernedResult,
  HeldCall,
  StreamingCall,
  TimedOutCall,
  WithheldCall,
} from './result.js';
export type { Declassification, Review, ReviewState } from './review-state.js';
export {
  createReviews,
  getReview,
  listReviews,
  type ReviewFilter,
  type ReviewResolution,
  type Reviews,
  type ReviewsOptions,
  resolveReview,
} from './reviews.js';
export type { Describe } from './snapshot.js';
