import type { CommandIo } from '../io.js';
import { openWorkspace, type Workspace } from '../workspace/workspace.js';
import { stateFolder } from './init.js';

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
