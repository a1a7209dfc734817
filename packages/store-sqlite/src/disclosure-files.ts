import { createHash } from 'node:crypto';
import {
  closeSync,
  constants,
  fstatSync,
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

const { O_CREAT, O_NOFOLLOW, O_NONBLOCK, O_RDONLY, O_TRUNC, O_WRONLY } = constants;

/** Disclosures longer than this live in a file of their own. */
export const MAX_INLINE_BYTES = 1024 * 1024;

/** No text is longer: JavaScript has no strings beyond it. */
const MAX_FILE_BYTES = 512 * 1024 * 1024;

/** The folder of large disclosures, beside the database. */
export function disclosureFolder(path: string): string {
  return `${path}-disclosures`;
}

const NAME = /^[0-9a-f]{64}$/;

/**
 * Requires that a row names a file by its digest: a path that somebody else wrote into the row would have any
 * file read, and written over with zeros when the value is erased.
 */
export function requireFileName(name: string): void {
  if (!NAME.test(name)) throw invalid('disclosure_name');
}

function placeOf(path: string, name: string): string {
  requireFileName(name);
  return join(disclosureFolder(path), name);
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
  const place = placeOf(path, name);
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

/** What the file system answers where something else than a file has the name: a link, a socket, no folder. */
const NO_FILE: ReadonlySet<string> = new Set(['ELOOP', 'EMLINK', 'ENXIO', 'ENOTDIR']);

/** Which value of which record a file has. */
export interface FiledValue {
  readonly index: number;
  readonly value: string;
}

function damaged(file: string, { index, value }: FiledValue): Error {
  const message = `the stored bytes of the value ${JSON.stringify(value)} of record ${index} are damaged (file ${file})`;
  return invalid('disclosure_file', { file, index, value }, message);
}

function openExisting(path: string, name: string, of: FiledValue): number | undefined {
  try {
    // A pipe would keep whoever opens it waiting.
    return openSync(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
  } catch (error) {
    const code = codeOf(error);
    if (code === 'ENOENT') return undefined;
    throw NO_FILE.has(code) ? damaged(name, of) : error;
  }
}

/**
 * Reads a large disclosure back; undefined when it was erased.
 *
 * @throws {EventsError} `EVENTS_STORE_INVALID` when the file no longer has the digest in its name, or something
 *   else than a file has that name.
 */
export function readDisclosureFile(
  path: string,
  name: string,
  of: FiledValue,
): Uint8Array | undefined {
  const file = openExisting(placeOf(path, name), name, of);
  if (file === undefined) return undefined;
  try {
    const stats = fstatSync(file);
    if (!stats.isFile() || stats.size > MAX_FILE_BYTES) {
      throw damaged(name, of);
    }
    const bytes = readFileSync(file);
    if (digestOf(bytes) !== name) throw damaged(name, of);
    return bytes;
  } finally {
    closeSync(file);
  }
}
