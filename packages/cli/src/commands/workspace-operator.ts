import { formatVkey } from '@spanforge/core-signing';
import { createOperator, type Operator } from '@spanforge/operator';
import type { Workspace } from '../workspace/workspace.js';

/** The operator of an open workspace; its keys come from the workspace and from nowhere else. */
export function workspaceOperator(
  workspace: Workspace,
  selectFrom: Workspace['log'] = workspace.log,
): Operator {
  const { log, checkpointer, keys, config, readOnly } = workspace;
  return createOperator({
    reader: log,
    selectFrom,
    // Where nothing can be kept, nothing is signed: the last released checkpoint must do.
    ...(readOnly ? {} : { checkpointer }),
    packageKeys: keys.packages,
    logKey: formatVkey(config.origin, keys.log),
  });
}
