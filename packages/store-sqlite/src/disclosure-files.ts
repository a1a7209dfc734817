import { createHash } from 'node:crypto';
import {
  closeSync,
  constants,
  fsyncSync,
  lstatSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  unlinkSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { codeOf, invalid } from './failure.js';
import { syncFolder } from './sync-folder.js';

const { O_CREAT, O_NOFOLLOW, O_RDONLY, O_TRUNC, O_WRONLY } = constants;

/** Disclosures longer than this live in a file of their own. */
export const MAX_INLINE_BYTES = 1024 * 1024;

/** The folder of large disclosures, beside the database. */
export function disclosureFolder(path: string): string {
  return `${path}-disclosures`;
}

function digestOf(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

function writeAll(file: number, bytes: Uint8Array): void {
  let written = 0;
  while (written < bytes.length) written += writeSync(file, bytes, written);
}

function makeFolder(path: string): string {
  const folder = disclosureFolder(path);
  const stats = lstatSync(folder, { throwIfNoEntry: false });
  if (stats && !stats.isDirectory()) throw invalid('disclosure_folder');
  if (!stats) {
    mkdirSync(folder, { mode: 0o700 });
    syncFolder(join(folder, '..'));
  }
  return folder;
}

/**
 * Writes a large disclosure under the hex SHA-256 of its bytes and flushes the file, its name and
 * the folder: whole or not there, before the commit that refers to it.
 */
export function writeDisclosureFile(path: string, bytes: Uint8Array): string {
  const folder = makeFolder(path);
  const name = digestOf(bytes);
  const temporary = join(folder, `${name}.tmp-${process.pid}`);
  const file = openSync(temporary, O_CREAT | O_TRUNC | O_WRONLY | O_NOFOLLOW, 0o600);
  try {
    writeAll(file, bytes);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
  renameSync(temporary, join(folder, name));
  syncFolder(folder);
  return name;
}

/** Removes a large disclosure: its bytes are written over with zeros first. */
export function removeDisclosureFile(path: string, name: string): void {
  const folder = disclosureFolder(path);
  const place = join(folder, name);
  const stats = lstatSync(place, { throwIfNoEntry: false });
  if (stats === undefined) return;
  if (!stats.isFile()) throw invalid('disclosure_file', { file: name });
  const file = openSync(place, O_NOFOLLOW | O_WRONLY);
  try {
    const zeros = new Uint8Array(Math.min(stats.size, MAX_INLINE_BYTES));
    for (let left = stats.size; left > 0; left -= zeros.length) {
      writeAll(file, zeros.subarray(0, Math.min(left, zeros.length)));
    }
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
  unlinkSync(place);
  syncFolder(folder);
}

function openExisting(path: string): number | undefined {
  try {
    return openSync(path, O_RDONLY | O_NOFOLLOW);
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined;
    throw error;
  }
}

/**
 * Reads a large disclosure back; undefined when it was erased.
 *
 * @throws {EventsError} `EVENTS_STORE_INVALID` when the file no longer has the digest in its name.
 */
export function readDisclosureFile(path: string, name: string): Uint8Array | undefined {
  const file = openExisting(join(disclosureFolder(path), name));
  if (file === undefined) return undefined;
  try {
    const bytes = readFileSync(file);
    if (digestOf(bytes) !== name) throw invalid('disclosure_file', { file: name });
    return bytes;
  } finally {
    closeSync(file);
  }
}
