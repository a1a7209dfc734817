import { resolve } from 'node:path';
import type { CommandIo } from '../io.js';
import { WORKSPACE_FOLDER } from '../workspace/config.js';
import { openWorkspace, type Workspace } from '../workspace/workspace.js';

/** Where the workspace of a command is: `--state`, else `.spanforge` in the working folder. */
export function stateFolder(io: CommandIo, state: string | undefined): string {
  return resolve(io.cwd, state ?? WORKSPACE_FOLDER);
}

/** Opens the workspace of a command, and closes it whatever happens. */
export async function withWorkspace<T>(
  io: CommandIo,
  state: string | undefined,
  use: (workspace: Workspace) => Promise<T>,
): Promise<T> {
  const workspace = await openWorkspace(stateFolder(io, state), 'spanforge-cli');
  try {
    return await use(workspace);
  } finally {
    await workspace.close();
  }
}
