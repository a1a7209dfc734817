import { resolve } from 'node:path';
import { EventsError } from '@spanforge/core-events';
import type { CommandIo } from '../io.js';
import { WORKSPACE_FOLDER } from '../workspace/config.js';
import { openWorkspace, type Workspace } from '../workspace/workspace.js';

const WRITER = 'spanforge-cli';

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
  const workspace = await openWorkspace(stateFolder(io, state), WRITER);
  try {
    return await use(workspace);
  } finally {
    await workspace.close();
  }
}

const isUnavailable = (error: unknown): boolean =>
  EventsError.is(error) && error.code === 'EVENTS_STORE_UNAVAILABLE';

async function openForReading(root: string): Promise<Workspace> {
  try {
    return await openWorkspace(root, WRITER);
  } catch (error) {
    if (!isUnavailable(error)) throw error;
    // Such as a folder that cannot be written to, or a full disk.
    return openWorkspace(root, WRITER, undefined, true).catch(() => {
      throw error;
    });
  }
}

/**
 * Opens the workspace of a command that only reads its log. Where the folder cannot be written to, or
 * the disk is full, it is opened for reading alone.
 */
export async function withEvidence<T>(
  io: CommandIo,
  state: string | undefined,
  use: (workspace: Workspace) => Promise<T>,
): Promise<T> {
  const workspace = await openForReading(stateFolder(io, state));
  try {
    return await use(workspace);
  } finally {
    await workspace.close();
  }
}
