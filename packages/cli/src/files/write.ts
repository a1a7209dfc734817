import { constants } from 'node:fs';
import { lstat, mkdir, open, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { syncFolder } from '@spanforge/core-events/node';
import { fileErrorReason } from '@spanforge/core-signing';
import { CliError } from '../error.js';
import { exists, systemCode } from './read.js';

const PRIVATE_FOLDER = 0o700;
const PRIVATE_FILE = 0o600;
const { O_CREAT, O_EXCL, O_NOFOLLOW, O_WRONLY } = constants;

function unwritableError(path: string, why: string, cause?: unknown): CliError {
  return new CliError('CLI_FILE_UNWRITABLE', `${path}: ${why}`, {
    details: { file: path, ...(cause === undefined ? {} : { reason: systemCode(cause) }) },
    ...(cause === undefined ? {} : { cause }),
  });
}

/** Makes a folder that only its owner can enter. @throws {CliError} `CLI_FILE_UNWRITABLE`. */
export async function makePrivateFolder(path: string): Promise<void> {
  try {
    await mkdir(path, { recursive: true, mode: PRIVATE_FOLDER });
  } catch (cause) {
    throw unwritableError(path, `the folder cannot be made: ${fileErrorReason(cause)}`, cause);
  }
}

/** A file that is written under a temporary name and renamed when it is complete and flushed. */
export interface PendingFile {
  append(content: string | Uint8Array): Promise<void>;
  commit(): Promise<void>;
  /** Removes the temporary file; does nothing after a commit. */
  discard(): Promise<void>;
}

/** What may already have the name: a plain file without other links, or nothing at all. */
type Replaces = 'file' | 'nothing';

async function refuseTarget(path: string, replaces: Replaces): Promise<void> {
  if (!(await exists(path))) return;
  const there = await lstat(path);
  if (there.isSymbolicLink()) throw unwritableError(path, 'is a link');
  if (!there.isFile()) throw unwritableError(path, 'is not a regular file');
  if (there.nlink > 1) throw unwritableError(path, 'has other names (hard links)');
  if (replaces === 'nothing') throw unwritableError(path, 'already exists; give another name');
}

/** Reports errors of the file system under the name that was asked for. */
function guarding(path: string) {
  return async <T>(step: () => Promise<T>): Promise<T> => {
    try {
      return await step();
    } catch (cause) {
      if (CliError.is(cause)) throw cause;
      throw unwritableError(path, `cannot be written: ${fileErrorReason(cause)}`, cause);
    }
  };
}

/**
 * Begins a file that replaces `path` completely or not at all.
 *
 * @throws {CliError} `CLI_FILE_UNWRITABLE`, also when a link, a folder or a device has the name.
 */
export function beginFile(path: string, mode: number = PRIVATE_FILE): Promise<PendingFile> {
  return begin(path, mode, 'file');
}

/**
 * Begins a file under a new name: existing files are never overwritten.
 *
 * @throws {CliError} `CLI_FILE_UNWRITABLE`, also when anything has the name, now or at the end.
 */
export function beginNewFile(path: string): Promise<PendingFile> {
  return begin(path, PRIVATE_FILE, 'nothing');
}

async function begin(path: string, mode: number, replaces: Replaces): Promise<PendingFile> {
  await refuseTarget(path, replaces);
  const beside = `${path}.${process.pid}.next`;
  const guard = guarding(path);
  const file = await guard(() => open(beside, O_CREAT | O_EXCL | O_NOFOLLOW | O_WRONLY, mode));
  let isOpen = true;
  const close = async (): Promise<void> => {
    if (!isOpen) return;
    isOpen = false;
    await file.close();
  };
  return {
    append: (content) => guard(() => file.appendFile(content)),
    commit: () =>
      guard(async () => {
        await file.sync();
        await close();
        await refuseTarget(path, replaces);
        await rename(beside, path);
        await syncFolder(dirname(path));
      }),
    async discard() {
      await close();
      await rm(beside, { force: true });
    },
  };
}

/** Writes a file completely or not at all. @throws {CliError} `CLI_FILE_UNWRITABLE`. */
export async function writeWhole(
  path: string,
  content: string | Uint8Array,
  mode: number = PRIVATE_FILE,
): Promise<void> {
  const file = await beginFile(path, mode);
  try {
    await file.append(content);
    await file.commit();
  } finally {
    await file.discard();
  }
}
