import { constants } from 'node:fs';
import { lstat, mkdir, open, rename, unlink } from 'node:fs/promises';
import { dirname } from 'node:path';
import { errorCode, fileErrorReason } from '@spanforge/core-signing';
import { EventsError } from '../error.js';
import {
  formatMark,
  type HighWaterMark,
  type HighWaterMarkKeeper,
  isSameMark,
  parseMark,
} from '../log/high-water-mark.js';
import { withFileLock } from './file-lock.js';
import { syncFolder } from './sync-folder.js';

const PRIVATE_FILE = 0o600;
const PRIVATE_FOLDER = 0o700;

/** A mark has at most 53 hashes; a larger file is not a mark. */
const MAX_BYTES = 65_536;

const { O_RDONLY, O_WRONLY, O_CREAT, O_EXCL, O_NOFOLLOW, O_NONBLOCK } = constants;

function codeOf(error: unknown): string {
  return errorCode(error) ?? 'unknown';
}

function notAMarkError(reason: string): EventsError {
  return new EventsError('EVENTS_STORE_INVALID', `the signer's high-water mark is ${reason}`, {
    details: { reason },
  });
}

/** Keeps errors that have a code of ours; any other error comes from the file system. */
function codedError(cause: unknown): EventsError {
  if (EventsError.is(cause)) return cause;
  const code = codeOf(cause);
  if (code === 'ELOOP') return notAMarkError('a link');
  return new EventsError(
    'EVENTS_STORE_UNAVAILABLE',
    `the file of the signer's high-water mark cannot be used: ${fileErrorReason(cause)}`,
    { details: { errno: code }, cause },
  );
}

/** Makes the folder, and flushes it so that it survives a crash. */
async function makeFolder(path: string): Promise<void> {
  const first = await mkdir(path, { recursive: true, mode: PRIVATE_FOLDER });
  if (first !== undefined) await syncFolder(dirname(first));
}

/** Only a regular file or nothing may be replaced. */
async function requireFileOrNothing(path: string): Promise<void> {
  const found = await lstat(path).catch((error: unknown) => {
    if (codeOf(error) === 'ENOENT') return undefined;
    throw error;
  });
  if (found && !found.isFile())
    throw notAMarkError(found.isSymbolicLink() ? 'a link' : 'not a file');
}

/**
 * Creates a new file and never uses one that is there; the leftover of a crash is removed first.
 */
async function createNew(path: string): ReturnType<typeof open> {
  const flags = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW;
  try {
    return await open(path, flags, PRIVATE_FILE);
  } catch (error) {
    if (codeOf(error) !== 'EEXIST') throw error;
    await unlink(path);
    return open(path, flags, PRIVATE_FILE);
  }
}

async function replaceFile(path: string, text: string): Promise<void> {
  await requireFileOrNothing(path);
  const temporary = `${path}.${process.pid}.next`;
  const file = await createNew(temporary);
  try {
    await file.writeFile(text);
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(temporary, path);
  await syncFolder(dirname(path));
}

async function readIfThere(path: string): Promise<string | undefined> {
  try {
    // Non-blocking: opening a pipe would wait for a writer.
    const file = await open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
    try {
      const found = await file.stat();
      if (!found.isFile()) throw notAMarkError('not a file');
      if (found.size > MAX_BYTES) throw notAMarkError('too large');
      return await file.readFile('utf8');
    } finally {
      await file.close();
    }
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined;
    throw error;
  }
}

/**
 * Keeps a signer's high-water mark in a file (mode 0600) that is replaced as a whole (written
 * beside, flushed, renamed, folder flushed): after a crash it is the old mark or the new one.
 *
 * A mark that exists but cannot be read is an error, not a missing mark. Links, pipes and devices
 * are refused with `EVENTS_STORE_INVALID`. If the file system fails, the error is
 * `EVENTS_STORE_UNAVAILABLE`, with its code in `details.errno`.
 */
export function createFileMark(path: string): Required<HighWaterMarkKeeper> {
  let saving: Promise<unknown> = Promise.resolve();
  async function load(): Promise<HighWaterMark | undefined> {
    const text = await readIfThere(path).catch((error: unknown) => {
      throw codedError(error);
    });
    return text === undefined ? undefined : parseMark(text);
  }
  /**
   * Runs one save after the other, in this process and in others, so that the last mark saved
   * remains.
   */
  function inTurn<Answer>(work: () => Promise<Answer>): Promise<Answer> {
    const done = saving
      .then(() => makeFolder(dirname(path)))
      .then(() => withFileLock(`${path}.lock`, work));
    saving = done.catch(() => undefined);
    return done.catch((error: unknown) => {
      throw codedError(error);
    });
  }
  return {
    load,
    save(mark) {
      const text = formatMark(mark);
      return inTurn(() => replaceFile(path, text));
    },
    replace(loaded, mark) {
      const text = formatMark(mark);
      return inTurn(async () => {
        if (!isSameMark(await load(), loaded)) return false;
        await replaceFile(path, text);
        return true;
      });
    },
  };
}
