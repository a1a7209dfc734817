import { CliError } from '../error.js';
import { openRegular } from '../files/read.js';

const CHUNK_BYTES = 256 * 1024;
const MAX_LINE_BYTES = 16 * 1024 * 1024;
const NEWLINE = 0x0a;

/** One line of a file: its number from 1, its bytes, and how much of the file has been read. */
export interface FileLine {
  readonly number: number;
  readonly bytes: Uint8Array;
  readonly offset: number;
}

/** Options of {@link readLines}. */
export interface ReadLinesOptions {
  /** A longer line is an error; default 16 MiB. */
  readonly maxLineBytes?: number;
  /** Called with every chunk once, for a digest of the whole file. */
  readonly onChunk?: (chunk: Uint8Array) => void;
  /** Called with the size of the file before the first line. */
  readonly onSize?: (bytes: number) => void;
}

function tooLongError(file: string, line: number, maxLineBytes: number): CliError {
  return new CliError(
    'CLI_INPUT_INVALID',
    `${file}:${line}:${maxLineBytes + 1}: a line of more than ${maxLineBytes} bytes`,
    { details: { file, line, column: maxLineBytes + 1, maxLineBytes } },
  );
}

async function* chunksOf(path: string, options: ReadLinesOptions): AsyncGenerator<Uint8Array> {
  const { file, size } = await openRegular(path);
  try {
    options.onSize?.(size);
    for (;;) {
      const { bytesRead, buffer } = await file.read(new Uint8Array(CHUNK_BYTES), 0, CHUNK_BYTES);
      if (bytesRead === 0) return;
      const chunk = buffer.subarray(0, bytesRead);
      options.onChunk?.(chunk);
      yield chunk;
    }
  } finally {
    await file.close();
  }
}

/**
 * Reads the lines of a regular file in bounded memory. The last line may lack its newline.
 *
 * @throws {CliError} `CLI_FILE_UNREADABLE`; `CLI_INPUT_INVALID` for a line that is too long.
 */
export async function* readLines(
  path: string,
  options: ReadLinesOptions = {},
): AsyncGenerator<FileLine> {
  const { maxLineBytes = MAX_LINE_BYTES } = options;
  let number = 1;
  let offset = 0;
  let rest: Uint8Array = new Uint8Array(0);
  for await (const chunk of chunksOf(path, options)) {
    const data = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    let start = 0;
    for (let end = data.indexOf(NEWLINE); end >= 0; end = data.indexOf(NEWLINE, start)) {
      if (end - start > maxLineBytes) throw tooLongError(path, number, maxLineBytes);
      offset += end + 1 - start;
      yield { number, bytes: data.subarray(start, end), offset };
      number += 1;
      start = end + 1;
    }
    rest = Uint8Array.from(data.subarray(start));
    if (rest.length > maxLineBytes) throw tooLongError(path, number, maxLineBytes);
  }
  if (rest.length > 0) yield { number, bytes: rest, offset: offset + rest.length };
}
