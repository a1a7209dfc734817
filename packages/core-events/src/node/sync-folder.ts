import { constants } from 'node:fs';
import { open } from 'node:fs/promises';

/** Flushes the entries of a folder: until then, a new file in it may be lost in a crash. */
export async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, constants.O_RDONLY);
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}
