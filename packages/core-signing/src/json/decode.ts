import { SigningError } from '../error.js';

const CHUNK = 4096;

/**
 * Strict UTF-8; a byte order mark stays, for the parser to refuse with its position.
 *
 * @throws {SigningError} `SIGNING_JSON_INVALID` at the byte that is not UTF-8.
 */
export function decodeJsonBytes(bytes: Uint8Array): string {
  try {
    return strictDecoder().decode(bytes);
  } catch (cause) {
    const offset = firstInvalidByte(bytes);
    const before = bytes.subarray(0, offset);
    const details = {
      reason: 'not UTF-8',
      offset,
      line: 1 + before.reduce((lines, byte) => (byte === 0x0a ? lines + 1 : lines), 0),
      column: offset - before.lastIndexOf(0x0a),
      path: '$',
    };
    throw new SigningError('SIGNING_JSON_INVALID', `the JSON is not UTF-8 at byte ${offset}`, {
      details,
      cause,
    });
  }
}

/** Decodes in chunks up to the failing one, then byte by byte: linear, and only after a failure. */
function firstInvalidByte(bytes: Uint8Array): number {
  let start = 0;
  for (; start + CHUNK < bytes.length; start += CHUNK) {
    if (!decodes(bytes.subarray(0, start + CHUNK), start)) break;
  }
  const decoder = strictDecoder();
  const from = sequenceStart(bytes, start);
  for (let index = from; index < bytes.length; index += 1) {
    try {
      decoder.decode(bytes.subarray(index, index + 1), { stream: true });
    } catch {
      return index;
    }
  }
  return bytes.length;
}

function decodes(bytes: Uint8Array, start: number): boolean {
  try {
    strictDecoder().decode(bytes.subarray(sequenceStart(bytes, start)), { stream: true });
    return true;
  } catch {
    return false;
  }
}

/** The start of the character that `index` is inside of, at most three bytes back. */
function sequenceStart(bytes: Uint8Array, index: number): number {
  let start = index;
  while (start > 0 && index - start < 3 && ((bytes[start] ?? 0) & 0xc0) === 0x80) start -= 1;
  return start;
}

function strictDecoder() {
  return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
}
