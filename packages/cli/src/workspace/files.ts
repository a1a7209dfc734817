import { constants } from 'node:fs';
import { mkdir, open, rename, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { CliError } from '../error.js';

const PRIVATE_FOLDER = 0o700;

/** Makes a folder that only its owner can enter. */
export async function makePrivateFolder(path: string): Promise<void> {
  await mkdir(path, { recursive: true, mode: PRIVATE_FOLDER });
}

/** True when something, whatever it is, has that name. */
export async function exists(path: string): Promise<boolean> {
  try {
    await stat(path);
    return true;
  } catch {
    return false;
  }
}

/** Writes a file whole or not at all: beside it, flushed, then renamed. */
export async function writeWhole(
  path: string,
  content: string | Uint8Array,
  mode = 0o600,
): Promise<void> {
  const temporary = `${path}.${process.pid}.next`;
  try {
    const file = await open(temporary, 'w', mode);
    try {
      await file.writeFile(content);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, path);
    const folder = await open(dirname(path), constants.O_RDONLY);
    try {
      await folder.sync();
    } finally {
      await folder.close();
    }
  } catch (cause) {
    throw new CliError('CLI_FILE_UNWRITABLE', `${path}: cannot be written`, {
      details: { file: path },
      cause,
    });
  }
}

/**
 * Reads a regular file of at most `maxBytes` bytes.
 *
 * @throws {CliError} `CLI_FILE_UNREADABLE` when it is missing, no regular file, or larger.
 */
export async function readRegular(path: string, maxBytes: number): Promise<Uint8Array> {
  let file: Awaited<ReturnType<typeof open>> | undefined;
  try {
    file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
    const { size, isFile } = await file
      .stat()
      .then((found) => ({ size: found.size, isFile: found.isFile() }));
    if (!isFile)
      throw new CliError('CLI_FILE_UNREADABLE', `${path}: not a regular file`, {
        details: { file: path },
      });
    if (size > maxBytes) {
      throw new CliError('CLI_FILE_UNREADABLE', `${path}: larger than ${maxBytes} bytes`, {
        details: { file: path, maxBytes },
      });
    }
    return await file.readFile();
  } catch (cause) {
    if (CliError.is(cause)) throw cause;
    throw new CliError('CLI_FILE_UNREADABLE', `${path}: cannot be read`, {
      details: { file: path },
      cause,
    });
  } finally {
    await file?.close();
  }
}
