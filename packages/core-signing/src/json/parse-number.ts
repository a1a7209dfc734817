import { type Reader, throwAt, throwInvalid } from './reader.js';

const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
const NOT_ZERO = /^[^eE]*[1-9]/;

/** One number token (RFC 8259, section 6). */
export function parseNumberToken(reader: Reader): string {
  NUMBER.lastIndex = reader.at;
  const token = NUMBER.exec(reader.text)?.[0];
  if (token === undefined) return throwInvalid(reader, 'unexpected character');
  reader.at += token.length;
  return token;
}

/** The nearest double; refuses a number too large to have one. */
export function toDouble(token: string, reader: Reader): number {
  const value = Number(token);
  return Number.isFinite(value) ? value : throwInvalidNumber(token, reader, 'number too large');
}

/** Refuses, besides, integers a double cannot tell from their neighbours, and underflow to zero. */
export function toSafeDouble(token: string, reader: Reader): number {
  const value = toDouble(token, reader);
  if (Number.isInteger(value) && !Number.isSafeInteger(value)) {
    return throwInvalidNumber(token, reader, 'integer beyond 2^53-1');
  }
  if (value === 0 && NOT_ZERO.test(token))
    return throwInvalidNumber(token, reader, 'number too small');
  return value;
}

function throwInvalidNumber(token: string, reader: Reader, reason: string): never {
  return throwAt('SIGNING_JSON_NUMBER', reader, reason, reader.at - token.length);
}
