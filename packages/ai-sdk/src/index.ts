export {
  type ApprovalAnswers,
  type ResolvedApproval,
  resolveApprovals,
} from './approvals.js';
export { callerContext } from './caller.js';
export { AiSdkError, type AiSdkErrorCode, type AiSdkErrorDetails } from './error.js';
export type { AiSdkCall, AiSdkGovernorOptions, AiSdkToolOptions } from './options.js';
export {
  type PendingApprovalRequest,
  type PendingReviewsQuery,
  pendingReviews,
} from './pending-reviews.js';
export { type StepsSoFar, stopOnDenial } from './stop.js';
export {
  type AiSdkToolGovernor,
  createToolGovernor,
  governTools,
  type UnparsedCall,
} from './tool-governor.js';
