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
export type {
  ContextSource,
  HostContext,
  ToolCallInfo,
  ToolGovernorOptions,
  ToolRules,
} from './options.js';
export { createToolGovernor, governTools, type ToolGovernor } from './tool-governor.js';
export { type WatchOptions, watchModel } from './watch-model.js';
