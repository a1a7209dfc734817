import { constants, type Stats } from 'node:fs';
import { lstat, mkdtemp, open, readdir, rename, rm } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { syncFolder } from '@spanforge/core-events/node';
import { errorCode, fileErrorReason } from '@spanforge/core-signing';
import { OperatorError } from '../error.js';

const PRIVATE_FILE = 0o600;

/** A file system that says no, by its own code and nothing of the path. */
export function fileFailedError(cause: unknown): OperatorError {
  return new OperatorError(
    'OPERATOR_FILE_FAILED',
    `a file could not be read or written: ${fileErrorReason(cause)}`,
    {
      details: { code: errorCode(cause) ?? 'unknown' },
      cause,
    },
  );
}

function refusedError(reason: string): OperatorError {
  return new OperatorError('OPERATOR_TARGET_REFUSED', `nothing was written: ${reason}`, {
    details: { reason },
  });
}

/** What stands at a path, not following a link; undefined when nothing does. */
export async function lookAt(path: string): Promise<Stats | undefined> {
  try {
    return await lstat(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

/** Only nothing, an empty file or an empty folder may be replaced. */
async function checkTarget(path: string, kind: 'file' | 'folder'): Promise<void> {
  const there = await lookAt(path);
  if (!there) return;
  if (there.isSymbolicLink()) throw refusedError('the target is a link');
  if (kind === 'file' && there.isFile() && there.nlink === 1 && there.size === 0) return;
  if (kind === 'folder' && there.isDirectory() && (await readdir(path)).length === 0) return;
  throw refusedError(
    there.isFile() || there.isDirectory() ? 'the target exists' : 'the target is no file',
  );
}

/** Writes a new file of mode 0600 and flushes it. */
export async function writeNew(path: string, bytes: Uint8Array): Promise<void> {
  const { O_CREAT, O_EXCL, O_NOFOLLOW, O_WRONLY } = constants;
  const file = await open(path, O_CREAT | O_EXCL | O_NOFOLLOW | O_WRONLY, PRIVATE_FILE);
  try {
    await file.writeFile(bytes);
    await file.sync();
  } finally {
    await file.close();
  }
}

/**
 * Builds something beside its target and renames it into place once it is whole and flushed: a
 * crash leaves the old state or the new one, and perhaps a hidden folder to be removed.
 *
 * @param build Makes the thing at the path it is given, which does not exist.
 */
export async function placeAtomically(
  target: string,
  kind: 'file' | 'folder',
  build: (path: string) => Promise<void>,
): Promise<void> {
  const path = resolve(target);
  try {
    await checkTarget(path, kind);
    const beside = await mkdtemp(join(dirname(path), '.spanforge-'));
    try {
      const made = join(beside, basename(path));
      await build(made);
      await checkTarget(path, kind);
      await rename(made, path);
      await syncFolder(dirname(path));
    } finally {
      await rm(beside, { recursive: true, force: true });
    }
  } catch (error) {
    throw OperatorError.is(error) ? error : fileFailedError(error);
  }
}
