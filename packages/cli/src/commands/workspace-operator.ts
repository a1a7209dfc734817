import { formatVkey } from '@spanforge/core-signing';
import { createOperator, type Operator } from '@spanforge/operator';
import type { Workspace } from '../workspace/workspace.js';

/** The operator of an open workspace; its keys come from the workspace and from nowhere else. */
export function workspaceOperator({ log, checkpointer, keys, config }: Workspace): Operator {
  return createOperator({
    reader: log,
    checkpointer,
    packageKeys: keys.packages,
    logKey: formatVkey(config.origin, keys.log),
  });
}
