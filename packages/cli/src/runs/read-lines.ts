import { open } from 'node:fs/promises';
import { CliError } from '../error.js';

const CHUNK_BYTES = 256 * 1024;
const NEWLINE = 0x0a;

/** One line of a file: its number from 1, its bytes, and how much of the file has been read. */
export interface FileLine {
  readonly number: number;
  readonly bytes: Uint8Array;
  readonly offset: number;
}

/** What happens to a file while it is read. */
export interface ReadLinesOptions {
  /** A longer line is an error; 16 MiB when absent. */
  readonly maxLineBytes?: number;
  /** Sees every chunk once, for a digest over the whole file. */
  readonly onChunk?: (chunk: Uint8Array) => void;
}

/**
 * Reads the lines of a regular file in bounded memory. A last line without newline counts.
 *
 * @throws {CliError} `CLI_FILE_UNREADABLE`; `CLI_INPUT_INVALID` for a line that is too long.
 */
export async function* readLines(
  path: string,
  options: ReadLinesOptions = {},
): AsyncGenerator<FileLine> {
  const maxLineBytes = options.maxLineBytes ?? 16 * 1024 * 1024;
  const file = await open(path, 'r').catch((cause) => {
    throw new CliError('CLI_FILE_UNREADABLE', `${path}: cannot be read`, {
      details: { file: path },
      cause,
    });
  });
  try {
    if (!(await file.stat()).isFile()) {
      throw new CliError('CLI_FILE_UNREADABLE', `${path}: not a regular file`, {
        details: { file: path },
      });
    }
    let number = 1;
    let offset = 0;
    let rest = new Uint8Array(0);
    for (;;) {
      const { bytesRead, buffer } = await file.read(new Uint8Array(CHUNK_BYTES), 0, CHUNK_BYTES);
      if (bytesRead === 0) break;
      const chunk = buffer.subarray(0, bytesRead);
      options.onChunk?.(chunk);
      const data = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
      let start = 0;
      for (let end = data.indexOf(NEWLINE); end >= 0; end = data.indexOf(NEWLINE, start)) {
        offset += end + 1 - start;
        yield { number, bytes: data.subarray(start, end), offset };
        number += 1;
        start = end + 1;
      }
      rest = Uint8Array.from(data.subarray(start));
      if (rest.length > maxLineBytes) {
        const details = { file: path, line: number, maxLineBytes };
        throw new CliError(
          'CLI_INPUT_INVALID',
          `${path}:${number}: a line of more than ${maxLineBytes} bytes`,
          { details },
        );
      }
    }
    if (rest.length > 0) yield { number, bytes: rest, offset: offset + rest.length };
  } finally {
    await file.close();
  }
}
