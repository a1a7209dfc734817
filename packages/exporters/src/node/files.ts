import { constants } from 'node:fs';
import { type FileHandle, lstat, mkdir, open, rename, unlink } from 'node:fs/promises';
import { dirname } from 'node:path';
import { syncFolder } from '@spanforge/core-events/node';
import { errorCode, fileErrorReason } from '@spanforge/core-signing';
import { ExportError } from '../error.js';

const { O_RDONLY, O_RDWR, O_WRONLY, O_CREAT, O_EXCL, O_NOFOLLOW, O_NONBLOCK } = constants;
const PRIVATE_FILE = 0o600;
const PRIVATE_FOLDER = 0o700;

/** Causes that pass by themselves: what was missing belongs to others, who give it back. */
const PASSING = new Set(['EAGAIN', 'EBUSY', 'EINTR', 'EMFILE', 'ENFILE', 'ENOMEM']);

/**
 * Does something to a file of an export.
 *
 * @throws {ExportError} `EXPORT_FILE_UNWRITABLE` with the cause in words when the system refuses, such
 *   as on a full disk; `EXPORT_SINK_UNAVAILABLE` for a cause that passes by itself.
 */
export async function writing<T>(path: string, step: () => Promise<T>): Promise<T> {
  try {
    return await step();
  } catch (cause) {
    const reason = errorCode(cause);
    if (ExportError.is(cause) || reason === undefined) throw cause;
    throw new ExportError(
      PASSING.has(reason) ? 'EXPORT_SINK_UNAVAILABLE' : 'EXPORT_FILE_UNWRITABLE',
      `${path}: cannot be written: ${fileErrorReason(cause)}`,
      { details: { file: path, reason }, cause },
    );
  }
}

export async function makeFolder(path: string): Promise<void> {
  const first = await mkdir(path, { recursive: true, mode: PRIVATE_FOLDER });
  if (first !== undefined) await syncFolder(dirname(first));
}

/** Opens a plain file to read, without following a link and without waiting on a pipe. */
export async function openToRead(path: string): Promise<FileHandle | undefined> {
  return openPlain(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
}

/** Opens a plain file of ours to read and write, or makes it. */
export async function openToWrite(path: string): Promise<FileHandle> {
  const file = await openPlain(path, O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK);
  if (file === undefined) throw new ExportError('EXPORT_ARCHIVE_INVALID', 'a file cannot be made');
  return file;
}

async function openPlain(path: string, flags: number): Promise<FileHandle | undefined> {
  try {
    const file = await open(path, flags, PRIVATE_FILE);
    if ((await file.stat()).isFile()) return file;
    await file.close();
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return undefined;
    if (errorCode(error) !== 'ELOOP' && errorCode(error) !== 'ENXIO') throw error;
  }
  throw new ExportError(
    'EXPORT_ARCHIVE_INVALID',
    'expected a regular file, found a link, pipe or device',
  );
}

/** Replaces a small file as a whole; after a crash it has the old text or the new one. */
export async function replaceFile(path: string, text: string): Promise<void> {
  await writing(path, () => replace(path, text));
}

async function replace(path: string, text: string): Promise<void> {
  await makeFolder(dirname(path));
  const found = await lstat(path).catch(() => undefined);
  if (found && !found.isFile()) {
    throw new ExportError('EXPORT_ARCHIVE_INVALID', 'the file to be replaced is not a plain file');
  }
  const temporary = `${path}.${process.pid}.next`;
  await unlink(temporary).catch(() => undefined);
  try {
    await writeSynced(temporary, text);
    await rename(temporary, path);
  } catch (error) {
    await unlink(temporary).catch(() => undefined);
    throw error;
  }
  await syncFolder(dirname(path));
}

async function writeSynced(path: string, text: string): Promise<void> {
  const file = await open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, PRIVATE_FILE);
  try {
    await file.writeFile(text);
    await file.sync();
  } finally {
    await file.close();
  }
}

/**
 * Writes bytes at a position and flushes them. What a failure leaves of them is cut off, so that no
 * reader takes half a line for one.
 */
export async function writeFlushed(file: FileHandle, bytes: Uint8Array, at: number): Promise<void> {
  try {
    for (let written = 0; written < bytes.length; ) {
      // By position, so that the rest of a failed write is overwritten.
      const done = await file.write(bytes, written, bytes.length - written, at + written);
      written += done.bytesWritten;
    }
    await file.datasync();
  } catch (error) {
    await file.truncate(at).catch(() => undefined);
    throw error;
  }
}
