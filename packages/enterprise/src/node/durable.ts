import { constants } from 'node:fs';
import { open, rename, unlink } from 'node:fs/promises';
import { dirname } from 'node:path';
import { syncFolder } from '@spanforge/core-events/node';
import { errorCode } from '@spanforge/core-signing';

export function isMissing(error: unknown): boolean {
  return errorCode(error) === 'ENOENT';
}

/** Writes a file (mode 0600) as a whole: to a temporary file, flushed, renamed, folder flushed. */
export async function writeDurably(path: string, bytes: Uint8Array): Promise<void> {
  const { O_WRONLY, O_CREAT, O_EXCL, O_NOFOLLOW } = constants;
  const temporary = `${path}.${process.pid}.next`;
  await unlink(temporary).catch(() => undefined);
  const file = await open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0o600);
  try {
    await file.writeFile(bytes);
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(temporary, path);
  await syncFolder(dirname(path));
}

/** Writes zeros over a file and removes it, durably. File systems that copy on write keep the old blocks for a while. */
export async function destroyFile(path: string): Promise<void> {
  try {
    const file = await open(path, constants.O_WRONLY | constants.O_NOFOLLOW);
    try {
      const { size } = await file.stat();
      await file.write(new Uint8Array(size), 0, size, 0);
      await file.sync();
    } finally {
      await file.close();
    }
    await unlink(path);
    await syncFolder(dirname(path));
  } catch (error) {
    if (!isMissing(error)) throw error;
  }
}
