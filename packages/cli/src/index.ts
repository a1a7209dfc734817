export { CliError, type CliErrorCode, type CliErrorDetails } from './error.js';
export {
  type GovernedCaller,
  type OpenedGovernor,
  openGovernor,
  type Tenancy,
} from './governor/open-governor.js';
export type { OpenGovernorOptions } from './governor/options.js';
export { createProgress, type ProgressBar, type ProgressStream } from './output/progress.js';
export { type Column, formatTable } from './output/table.js';
export {
  WORKSPACE_FOLDER,
  type WorkspaceConfig,
  type WorkspacePaths,
  workspacePaths,
} from './workspace/config.js';
export { anchorPaths, type WorkspaceKeys } from './workspace/keys.js';
export {
  type InitOptions,
  initWorkspace,
  openWorkspace,
  type Workspace,
} from './workspace/workspace.js';
