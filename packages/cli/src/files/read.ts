import { constants } from 'node:fs';
import { type FileHandle, lstat, open } from 'node:fs/promises';
import { fromUtf8 } from '@spanforge/core-signing';
import { CliError } from '../error.js';

/** The code of a file system error, such as `ENOENT`. */
export function systemCode(error: unknown): string {
  const code = (error as NodeJS.ErrnoException | undefined)?.code;
  return typeof code === 'string' ? code : 'unknown';
}

function unreadableError(path: string, why: string, cause?: unknown): CliError {
  return new CliError('CLI_FILE_UNREADABLE', `${path}: ${why}`, {
    details: { file: path, ...(cause === undefined ? {} : { reason: systemCode(cause) }) },
    ...(cause === undefined ? {} : { cause }),
  });
}

/** True when anything has that name. */
export async function exists(path: string): Promise<boolean> {
  try {
    await lstat(path);
    return true;
  } catch (error) {
    if (['ENOENT', 'ENOTDIR'].includes(systemCode(error))) return false;
    throw unreadableError(path, `cannot be looked at (${systemCode(error)})`, error);
  }
}

/**
 * Opens a regular file for reading; never blocks on a pipe, never reads a device.
 *
 * @throws {CliError} `CLI_FILE_UNREADABLE`; `details.reason` is the code of the file system.
 */
export async function openRegular(
  path: string,
): Promise<{ readonly file: FileHandle; readonly size: number }> {
  let file: FileHandle | undefined;
  try {
    file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
    const found = await file.stat();
    if (found.isFile()) return { file, size: found.size };
  } catch (cause) {
    await file?.close();
    throw unreadableError(path, `cannot be read (${systemCode(cause)})`, cause);
  }
  await file.close();
  throw unreadableError(path, 'not a regular file');
}

/**
 * Reads a regular file of at most `maxBytes` bytes.
 *
 * @throws {CliError} `CLI_FILE_UNREADABLE` when it is missing, no regular file, or larger.
 */
export async function readRegular(
  path: string,
  maxBytes: number,
  hint?: string,
): Promise<Uint8Array> {
  const { file, size } = await openRegular(path);
  try {
    if (size > maxBytes) {
      const more = hint === undefined ? '' : ` (${hint})`;
      throw unreadableError(path, `larger than ${maxBytes} bytes${more}`);
    }
    return await file.readFile();
  } finally {
    await file.close();
  }
}

const MAX_TEXT_BYTES = 1024 * 1024;

/**
 * Reads a regular file as UTF-8; at most 1 MiB by default.
 *
 * @throws {CliError} `CLI_FILE_UNREADABLE`; `CLI_INPUT_INVALID` when it is not UTF-8.
 */
export async function readText(
  path: string,
  maxBytes: number = MAX_TEXT_BYTES,
  hint?: string,
): Promise<string> {
  const bytes = await readRegular(path, maxBytes, hint);
  try {
    return fromUtf8(bytes);
  } catch (cause) {
    throw new CliError('CLI_INPUT_INVALID', `${path}: not UTF-8`, {
      details: { file: path },
      cause,
    });
  }
}
