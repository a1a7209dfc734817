export {
  type ApprovalAnswers,
  type ResolvedApproval,
  resolveApprovals,
} from './approvals.js';
export { AiSdkError, type AiSdkErrorCode, type AiSdkErrorDetails } from './error.js';
export type { HostContext, ToolCallInfo, ToolGovernorOptions, ToolRules } from './options.js';
export { type StepsSoFar, stopOnDenial } from './stop.js';
export {
  createToolGovernor,
  governTools,
  type ToolGovernor,
  type UnparsedCall,
} from './tool-governor.js';
