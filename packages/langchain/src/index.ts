export { callerContext } from './caller.js';
export { LangchainError, type LangchainErrorCode, type LangchainErrorDetails } from './error.js';
export {
  type AgentOptions,
  createGovernance,
  type Governance,
  type GovernedLangchainTool,
  governanceMiddleware,
  governTool,
} from './governance.js';
export type { GovernanceMiddleware } from './middleware.js';
export type {
  GovernanceOptions,
  LangchainCall,
  LangchainCallerSource,
  LangchainToolOptions,
} from './options.js';
export { type PendingQuestion, pendingReviews } from './pending-reviews.js';
export type { ReviewAnswer, ReviewQuestion } from './question.js';
