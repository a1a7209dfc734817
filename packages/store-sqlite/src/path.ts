import { closeSync, constants, lstatSync, mkdirSync, openSync, type Stats } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { invalid, unavailable } from './failure.js';
import { syncFolder } from './sync-folder.js';

const { O_CREAT, O_EXCL, O_NOFOLLOW, O_RDWR } = constants;

function look(path: string): Stats | undefined {
  return lstatSync(path, { throwIfNoEntry: false });
}

function checkRegular(stats: Stats): void {
  if (stats.isSymbolicLink()) throw invalid('symbolic_link');
  if (!stats.isFile()) throw invalid('not_a_regular_file');
  if (stats.nlink > 1) throw invalid('hard_link');
}

/**
 * Looks whether there is a plain file to read, and changes nothing.
 *
 * @returns Its absolute path, and how many bytes its side files have; undefined for one that is missing.
 * @throws {EventsError} `EVENTS_STORE_INVALID` as {@link preparePath}; `EVENTS_STORE_UNAVAILABLE` when
 *   there is no file.
 */
export function examinePath(given: string): {
  readonly path: string;
  readonly bytes: number;
  readonly wal: number | undefined;
  readonly shm: number | undefined;
} {
  if (given === '' || given.includes('\0')) throw invalid('path');
  const path = resolve(given);
  const sizeOf = (file: string): number | undefined => {
    const stats = look(file);
    if (stats) checkRegular(stats);
    return stats?.size;
  };
  const bytes = sizeOf(path);
  if (bytes === undefined) throw unavailable('missing');
  return { path, bytes, wal: sizeOf(`${path}-wal`), shm: sizeOf(`${path}-shm`) };
}

/**
 * Makes sure that the database file exists and is a plain file: directories it needs are made with
 * mode 0700, the file with 0600 (SQLite gives its side files the same mode).
 *
 * An existing file is looked at but never opened here: closing a second descriptor would drop the
 * POSIX locks this process holds through SQLite.
 *
 * @throws {EventsError} `EVENTS_STORE_INVALID` for a link, a directory, a FIFO or a device.
 */
export function preparePath(given: string): string {
  if (given === '' || given.includes('\0')) throw invalid('path');
  const path = resolve(given);
  const made = mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  if (made !== undefined) syncFolder(dirname(made));
  for (const side of [`${path}-wal`, `${path}-shm`]) {
    const stats = look(side);
    if (stats) checkRegular(stats);
  }
  const stats = look(path);
  if (stats) checkRegular(stats);
  else create(path);
  return path;
}

function create(path: string): void {
  try {
    closeSync(openSync(path, O_CREAT | O_EXCL | O_NOFOLLOW | O_RDWR, 0o600));
    syncFolder(dirname(path));
  } catch (error) {
    const stats = look(path);
    if (!stats) throw error;
    checkRegular(stats);
  }
}
