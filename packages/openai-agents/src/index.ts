export { callerContext } from './caller.js';
export {
  OpenAIAgentsError,
  type OpenAIAgentsErrorCode,
  type OpenAIAgentsErrorDetails,
} from './error.js';
export {
  type Interruption,
  type InterruptionAnswer,
  type ResolvedInterruption,
  type ResumableState,
  resolveInterruption,
} from './interruption.js';
export type { AgentsCall, AgentsGovernorOptions, AgentsToolOptions } from './options.js';
export {
  type PendingInterruption,
  type PendingInterruptionsQuery,
  pendingReviews,
} from './pending-reviews.js';
export { type AgentsToolGovernor, createToolGovernor, governTools } from './tool-governor.js';
export { type WatchOptions, watchModel } from './watch-model.js';
