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
export { GovernError, type GovernErrorCode, type GovernErrorDetails } from './error.js';
export { createGovernor, govern } from './governor.js';
export type {
  GovernedTool,
  Governor,
  GovernorParts,
  Tool,
  ToolContext,
  ToolOptions,
} from './options.js';
export type {
  BlockedCall,
  CallReport,
  CancelledCall,
  CompletedCall,
  FailedCall,
  GovernedResult,
  HeldCall,
  TimedOutCall,
  WithheldCall,
} from './result.js';
export type { Review, ReviewState } from './review-state.js';
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
