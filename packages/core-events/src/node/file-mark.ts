import { constants } from 'node:fs';
import { mkdir, open, rename } from 'node:fs/promises';
import { dirname } from 'node:path';
import { formatMark, type HighWaterMarkKeeper, parseMark } from '../log/high-water-mark.js';

const PRIVATE_FILE = 0o600;
const PRIVATE_FOLDER = 0o700;

async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, constants.O_RDONLY);
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}

async function replaceFile(path: string, text: string): Promise<void> {
  const temporary = `${path}.${process.pid}.next`;
  const file = await open(temporary, 'w', PRIVATE_FILE);
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
    const file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW);
    try {
      return await file.readFile('utf8');
    } finally {
      await file.close();
    }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

/**
 * Keeps a signer's high-water mark in a file of its own, replaced whole (written beside, flushed,
 * renamed, folder flushed): after a crash it is the old mark or the new one.
 *
 * A mark that is there and cannot be read is an error, never a missing mark. Links are refused.
 */
export function createFileMark(path: string): HighWaterMarkKeeper {
  return {
    async load() {
      const text = await readIfThere(path);
      return text === undefined ? undefined : parseMark(text);
    },
    async save(mark) {
      await mkdir(dirname(path), { recursive: true, mode: PRIVATE_FOLDER });
      await replaceFile(path, formatMark(mark));
    },
  };
}
