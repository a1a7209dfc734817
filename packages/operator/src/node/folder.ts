import { constants } from 'node:fs';
import { mkdir, open, opendir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { syncFolder } from '@spanforge/core-events/node';
import { OperatorError } from '../error.js';
import {
  createMemberSink,
  DEFAULT_LIMITS,
  type EvidencePackage,
  isSafeName,
  malformedError,
  type PackageLimits,
  sortedNames,
  tooLargeError,
} from '../package/members.js';
import { fileFailedError, placeAtomically, writeNew } from './target.js';

const PRIVATE_FOLDER = 0o700;

/**
 * Writes a package as a folder: files of mode 0600, folders of mode 0700, flushed, then put in
 * place at once.
 *
 * @throws {OperatorError} `OPERATOR_TARGET_REFUSED` when the target is there and is not an empty
 *   folder, `OPERATOR_PACKAGE_MALFORMED` for an unsafe name, `OPERATOR_FILE_FAILED`.
 */
export async function writePackageFolder(path: string, pkg: EvidencePackage): Promise<void> {
  await placeAtomically(path, 'folder', async (folder) => {
    const folders = new Set([folder]);
    await mkdir(folder, { mode: PRIVATE_FOLDER });
    for (const name of sortedNames(pkg)) {
      if (!isSafeName(name)) throw malformedError('unsafe_name');
      const file = join(folder, name);
      await mkdir(dirname(file), { mode: PRIVATE_FOLDER, recursive: true });
      for (let at = dirname(file); at !== folder; at = dirname(at)) folders.add(at);
      await writeNew(file, pkg.get(name) ?? new Uint8Array());
    }
    for (const made of folders) await syncFolder(made);
  });
}

/**
 * Reads a regular file that is no larger than allowed; never follows a link at the end of the path,
 * never waits for a pipe, never reads a device.
 */
export async function readRegularFile(
  path: string,
  maxBytes: number,
  claim?: (size: number) => void,
) {
  const { O_NOFOLLOW, O_NONBLOCK, O_RDONLY } = constants;
  const file = await open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
  try {
    const there = await file.stat();
    if (!there.isFile()) throw malformedError('not_a_regular_file');
    if (there.size > maxBytes) throw tooLargeError('maxBytes', maxBytes);
    claim?.(there.size);
    const bytes = new Uint8Array(there.size);
    let offset = 0;
    while (offset < bytes.length) {
      const { bytesRead } = await file.read(bytes, offset, bytes.length - offset, offset);
      if (bytesRead === 0) throw malformedError('file_changed');
      offset += bytesRead;
    }
    return bytes;
  } finally {
    await file.close();
  }
}

/** Paths of everything in a folder that is not a folder, relative, with `/`; bounded. */
async function* walk(root: string, maxEntries: number): AsyncGenerator<string> {
  const waiting = [''];
  let entries = 0;
  for (let folder = waiting.pop(); folder !== undefined; folder = waiting.pop()) {
    for await (const entry of await opendir(join(root, folder))) {
      entries += 1;
      if (entries > maxEntries) throw tooLargeError('maxFiles', maxEntries);
      const name = folder === '' ? entry.name : `${folder}/${entry.name}`;
      if (!isSafeName(name)) throw malformedError('unsafe_name');
      if (entry.isDirectory()) waiting.push(name);
      else if (entry.isFile()) yield name;
      else throw malformedError('not_a_regular_file', name);
    }
  }
}

/**
 * Reads a package from a folder. Links, pipes, devices and names no member can have are refused.
 *
 * @throws {OperatorError} `OPERATOR_PACKAGE_MALFORMED`, `OPERATOR_PACKAGE_TOO_LARGE`,
 *   `OPERATOR_FILE_FAILED`.
 */
export async function readPackageFolder(
  path: string,
  limits: PackageLimits = {},
): Promise<EvidencePackage> {
  const { maxBytes, maxFiles } = { ...DEFAULT_LIMITS, ...limits };
  const sink = createMemberSink(limits);
  try {
    for await (const name of walk(path, maxFiles)) {
      const claim = (size: number): void => sink.claim(name, size);
      sink.members.set(name, await readRegularFile(join(path, name), maxBytes, claim));
    }
  } catch (error) {
    throw OperatorError.is(error) ? error : fileFailedError(error);
  }
  return sink.members;
}
