import { closeSync, constants, fsyncSync, openSync } from 'node:fs';

/** Flushes the names in a folder, so that a file made or renamed in it is found after a crash. */
export function syncFolder(folder: string): void {
  // Windows cannot open a folder, and has nothing to flush there.
  if (process.platform === 'win32') return;
  const handle = openSync(folder, constants.O_RDONLY | constants.O_DIRECTORY);
  try {
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}
