import { constants } from 'node:fs';
import { lstat, mkdir, open, rename, unlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { syncFolder } from '@spanforge/core-events/node';
import { errorCode, fileErrorReason } from '@spanforge/core-signing';
import { GateError } from '../error.js';

const unwritableError = (path: string, reason: string, cause?: unknown): GateError =>
  new GateError(
    'GATE_ARTIFACT_UNWRITABLE',
    `${path}: cannot be written: ${cause === undefined ? reason : fileErrorReason(cause)}`,
    {
      details: { file: path, reason },
      cause,
    },
  );

/** Makes a folder (0700); a link of that name is refused. */
export async function makeFolder(path: string): Promise<void> {
  try {
    await mkdir(path, { recursive: true, mode: 0o700 });
    if (!(await lstat(path)).isDirectory()) throw unwritableError(path, 'not a folder');
  } catch (cause) {
    if (GateError.is(cause)) throw cause;
    throw unwritableError(path, errorCode(cause) ?? 'unknown', cause);
  }
}

/**
 * Writes a file as a whole (0600): after a crash there is the old one or the new one, never half of
 * it.
 *
 * @throws {GateError} `GATE_ARTIFACT_UNWRITABLE`; also if the file exists, unless replacing it is
 * allowed.
 */
export async function writeWhole(
  path: string,
  bytes: Uint8Array,
  { replace = false } = {},
): Promise<void> {
  const folder = dirname(path);
  await makeFolder(folder);
  const pending = join(folder, `.pending-${process.pid}-${path.slice(folder.length + 1)}`);
  const { O_WRONLY, O_CREAT, O_EXCL, O_NOFOLLOW } = constants;
  try {
    const existing = await lstat(path).catch(() => undefined);
    if (existing !== undefined && !(replace && existing.isFile())) {
      throw unwritableError(path, replace ? 'not a regular file' : 'EEXIST');
    }
    const handle = await open(pending, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0o600);
    try {
      await handle.writeFile(bytes);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(pending, path);
    await syncFolder(folder);
  } catch (cause) {
    await unlink(pending).catch(() => {});
    if (GateError.is(cause)) throw cause;
    throw unwritableError(path, errorCode(cause) ?? 'unknown', cause);
  }
}
