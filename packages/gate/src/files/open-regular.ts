import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { errorCode } from '@spanforge/core-signing';
import { GateError } from '../error.js';

function unreadableError(path: string, reason: string, cause?: unknown): GateError {
  return new GateError('GATE_INPUT_UNREADABLE', `${path}: cannot be read (${reason})`, {
    details: { file: path, reason },
    cause,
  });
}

/**
 * Opens a regular file and nothing else: no symbolic link, pipe or device. Never blocks.
 *
 * @throws {GateError} `GATE_INPUT_UNREADABLE`.
 */
export async function openRegular(path: string): Promise<FileHandle> {
  let handle: FileHandle;
  try {
    const { O_RDONLY, O_NOFOLLOW, O_NONBLOCK } = constants;
    handle = await open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
  } catch (cause) {
    throw unreadableError(path, errorCode(cause) ?? 'unknown', cause);
  }
  const stat = await handle.stat();
  if (stat.isFile()) return handle;
  await handle.close();
  throw unreadableError(path, 'not a regular file');
}

/**
 * Reads a whole regular file of at most `maxBytes`.
 *
 * @throws {GateError} `GATE_INPUT_UNREADABLE`, also for a file that is larger.
 */
export async function readRegularFile(path: string, maxBytes: number): Promise<Uint8Array> {
  const handle = await openRegular(path);
  try {
    const chunks: Uint8Array[] = [];
    let size = 0;
    for (;;) {
      const buffer = new Uint8Array(Math.min(1 << 20, maxBytes + 1 - size));
      const { bytesRead } = await handle.read(buffer, 0, buffer.length, null);
      if (bytesRead === 0) break;
      size += bytesRead;
      if (size > maxBytes) throw unreadableError(path, `more than ${maxBytes} bytes`);
      chunks.push(buffer.subarray(0, bytesRead));
    }
    return Buffer.concat(chunks);
  } catch (cause) {
    if (GateError.is(cause)) throw cause;
    throw unreadableError(path, errorCode(cause) ?? 'unknown', cause);
  } finally {
    await handle.close();
  }
}

/**
 * Reads a whole regular file as text. @throws {GateError} `GATE_INPUT_UNREADABLE`, also for bytes
 * that are not UTF-8.
 */
export async function readRegularText(path: string, maxBytes: number): Promise<string> {
  const bytes = await readRegularFile(path, maxBytes);
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (cause) {
    throw unreadableError(path, 'not UTF-8', cause);
  }
}
