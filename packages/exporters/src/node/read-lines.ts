import type { FileHandle } from 'node:fs/promises';

/** One line, without its line feed. */
export interface Line {
  readonly bytes: Uint8Array;
  /** Byte offset after its line feed. */
  readonly end: number;
  /** False for text after the last line feed. */
  readonly whole: boolean;
}

const CHUNK = 1 << 18;
const LINE_FEED = 10;

/**
 * Reads a file line by line, in constant memory.
 *
 * @param maxBytes The longest line; a longer one is cut there and given as an incomplete line.
 */
export async function* readLines(file: FileHandle, maxBytes: number): AsyncGenerator<Line> {
  const chunk = Buffer.alloc(CHUNK);
  let rest = Buffer.alloc(0);
  let offset = 0;
  for (;;) {
    const { bytesRead } = await file.read(chunk, 0, CHUNK, offset + rest.length);
    if (bytesRead === 0) break;
    const data = Buffer.concat([rest, chunk.subarray(0, bytesRead)]);
    let start = 0;
    for (let at = data.indexOf(LINE_FEED); at >= 0; at = data.indexOf(LINE_FEED, start)) {
      yield { bytes: data.subarray(start, at), end: offset + at + 1, whole: true };
      start = at + 1;
    }
    rest = data.subarray(start);
    offset += start;
    if (rest.length > maxBytes) break;
  }
  if (rest.length > 0)
    yield { bytes: rest.subarray(0, maxBytes), end: offset + rest.length, whole: false };
}
