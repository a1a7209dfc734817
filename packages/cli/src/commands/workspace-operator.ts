import { formatVkey } from '@spanforge/core-signing';
import { createOperator, type Operator } from '@spanforge/operator';
import type { Workspace } from '../workspace/workspace.js';

/** The operator of an open workspace; its keys come only from the workspace. */
export function workspaceOperator(
  workspace: Workspace,
  selectFrom: Workspace['log'] = workspace.log,
): Operator {
  const { log, checkpointer, keys, config, readOnly } = workspace;
  return createOperator({
    reader: log,
    selectFrom,
    // A read-only workspace signs nothing: the last released checkpoint is used.
    ...(readOnly ? {} : { checkpointer }),
    packageKeys: keys.packages,
    logKey: formatVkey(config.origin, keys.log),
  });
}
