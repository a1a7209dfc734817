import { createHash } from 'node:crypto';
import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { basename, extname } from 'node:path';
import { errorCode } from '@spanforge/core-signing';
import { ValidateError } from '../error.js';
import type { DatasetFormat } from './records.js';
import type { Dataset } from './scan.js';

/** How a file is opened. */
export interface OpenDatasetOptions {
  /** By the ending of the name when absent: `.jsonl`, `.ndjson`, `.json`, `.csv`; others are text. */
  readonly format?: DatasetFormat;
}

/** A data set in a file; its size was taken when it was opened. */
export interface DatasetFile extends Dataset {
  readonly size: number;
  readonly sha256: () => string;
  /** Closes the file. Reading to the end closes it too. */
  close(): Promise<void>;
}

const CHUNK_BYTES = 256 * 1024;

const FORMATS: Readonly<Record<string, DatasetFormat>> = {
  '.jsonl': 'jsonl',
  '.ndjson': 'jsonl',
  '.json': 'json',
  '.csv': 'csv',
};

function unreadableError(why: string, reason: string, cause?: unknown): ValidateError {
  return new ValidateError('VALIDATE_INPUT_UNREADABLE', `the data set ${why}`, {
    details: { reason },
    ...(cause === undefined ? {} : { cause }),
  });
}

const codeOf = (error: unknown): string => errorCode(error) ?? 'unknown';

async function openRegular(path: string): Promise<{ file: FileHandle; size: number }> {
  let file: FileHandle | undefined;
  try {
    // Does not wait for the other end of a pipe. Devices are refused.
    file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
    const found = await file.stat();
    if (found.isFile()) return { file, size: found.size };
  } catch (cause) {
    await file?.close();
    throw unreadableError(`cannot be read (${codeOf(cause)})`, codeOf(cause), cause);
  }
  await file.close();
  throw unreadableError('is not a regular file', 'not_a_file');
}

/**
 * Opens a file as a data set, to be read once from its beginning, in chunks of 256 KiB. Its digest is
 * taken over the very bytes that are scanned.
 *
 * @throws {ValidateError} `VALIDATE_INPUT_UNREADABLE` when it is missing, may not be read, or is a
 *   folder, a pipe or a device.
 */
export async function openDataset(
  path: string,
  { format }: OpenDatasetOptions = {},
): Promise<DatasetFile> {
  const { file, size } = await openRegular(path);
  const hash = createHash('sha256');
  let digest: string | undefined;
  async function* chunks(): AsyncGenerator<Uint8Array> {
    try {
      for (;;) {
        const { bytesRead, buffer } = await file
          .read(new Uint8Array(CHUNK_BYTES), 0, CHUNK_BYTES)
          .catch((cause: unknown) => {
            throw unreadableError(`cannot be read (${codeOf(cause)})`, codeOf(cause), cause);
          });
        if (bytesRead === 0) break;
        const chunk = buffer.subarray(0, bytesRead);
        hash.update(chunk);
        yield chunk;
      }
      digest = hash.digest('hex');
    } finally {
      await file.close();
    }
  }
  return {
    name: basename(path),
    format: format ?? FORMATS[extname(path).toLowerCase()] ?? 'text',
    size,
    chunks: chunks(),
    sha256: () => {
      if (digest === undefined) throw unreadableError('has not been read to its end', 'unread');
      return digest;
    },
    close: () => file.close(),
  };
}
