import { SigningError, type SigningErrorCode } from '../error.js';
import { formatPath } from './path.js';
import type { RawNumber } from './raw-number.js';
import type { JsonValue } from './types.js';

/** The state of a parse: the text, the position in it, and the path in the value. */
export interface Reader {
  readonly text: string;
  readonly maxDepth: number;
  readonly toNumber: (token: string, reader: Reader) => JsonValue | RawNumber;
  /** The path in the value; entries beyond `depth` are stale. */
  readonly path: (string | number)[];
  depth: number;
  at: number;
}

/** Skips white space (RFC 8259, section 2) and returns the next UTF-16 code unit, NaN at the end. */
export function peek(reader: Reader): number {
  for (;;) {
    const unit = reader.text.charCodeAt(reader.at);
    if (unit !== 0x20 && unit !== 0x0a && unit !== 0x0d && unit !== 0x09) return unit;
    reader.at += 1;
  }
}

/** Skips white space and consumes the expected character. */
export function take(reader: Reader, character: string): void {
  if (peek(reader) !== character.charCodeAt(0)) throwInvalid(reader, `expected ${character}`);
  reader.at += 1;
}

export function throwInvalid(reader: Reader, reason: string): never {
  return throwAt('SIGNING_JSON_INVALID', reader, reason);
}

export function throwAt(
  code: SigningErrorCode,
  reader: Reader,
  reason: string,
  offset = reader.at,
): never {
  const before = reader.text.slice(0, offset);
  const line = before.split('\n').length;
  const column = offset - before.lastIndexOf('\n');
  const path = formatPath(reader.path.slice(0, reader.depth));
  throw new SigningError(code, `invalid JSON at line ${line}, column ${column}: ${reason}`, {
    details: { reason, offset, line, column, path },
  });
}
