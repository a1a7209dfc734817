import { SigningError } from '../error.js';
import { canonicalize } from './canonicalize.js';
import { decodeJsonBytes } from './decode.js';
import { parseNumberToken, toDouble, toSafeDouble } from './parse-number.js';
import { parseString } from './parse-string.js';
import { type RawNumber, rawNumber } from './raw-number.js';
import { peek, type Reader, take, throwAt, throwInvalid } from './reader.js';
import { DEFAULT_MAX_DEPTH, type JsonLimits, type JsonValue } from './types.js';

const DEFAULT_MAX_BYTES = 16_777_216;

/** Limits of `parseJson`. */
export interface ParseJsonLimits extends JsonLimits {
  /** Largest input in UTF-8 bytes; default 16,777,216. */
  readonly maxBytes?: number;
}

/**
 * Parses JSON strictly (RFC 8259, I-JSON of RFC 7493), in time linear in the input.
 *
 * Refuses duplicate keys however they are spelled, lone surrogates, a byte order mark, bytes that
 * are not UTF-8, and anything after the value. `__proto__` becomes an own property. Numbers become
 * the nearest double; `-0` stays.
 *
 * @throws {SigningError} `SIGNING_JSON_INVALID`, `SIGNING_JSON_DUPLICATE_KEY`,
 * `SIGNING_JSON_NUMBER` (no finite double; with `integers: 'safe'` also unsafe integers and
 * underflow to zero), `SIGNING_JSON_TOO_DEEP`, `SIGNING_JSON_TOO_LARGE`. `details` holds `offset`
 * (UTF-16 code units; bytes where the input is not UTF-8), `line`, `column` and `path`.
 */
export function parseJson(input: string | Uint8Array, limits: ParseJsonLimits = {}): JsonValue {
  return parseWith(
    input,
    limits,
    limits.integers === 'safe' ? toSafeDouble : toDouble,
  ) as JsonValue;
}

/**
 * The canonical form of JSON text (RFC 8785), except that numbers keep their spelling.
 *
 * For verifying what foreign writers signed: their `1.0` is not rewritten to `1`.
 *
 * @throws {SigningError} as `parseJson` does.
 */
export function canonicalizeText(input: string | Uint8Array, limits: ParseJsonLimits = {}): string {
  return canonicalize(parseKeepingNumbers(input, limits), limits);
}

/**
 * Parses JSON with each number as a `RawNumber`, which only `canonicalize` understands; it writes
 * the number as it was.
 */
export function parseKeepingNumbers(
  input: string | Uint8Array,
  limits: ParseJsonLimits = {},
): unknown {
  const check = limits.integers === 'safe' ? toSafeDouble : toDouble;
  return parseWith(input, limits, (token, reader) => {
    check(token, reader);
    return rawNumber(token);
  });
}

function parseWith(
  input: string | Uint8Array,
  limits: ParseJsonLimits,
  toNumber: Reader['toNumber'],
): JsonValue | RawNumber {
  checkSize(input, limits.maxBytes ?? DEFAULT_MAX_BYTES);
  const reader: Reader = {
    text: typeof input === 'string' ? input : decodeJsonBytes(input),
    maxDepth: limits.maxDepth ?? DEFAULT_MAX_DEPTH,
    toNumber,
    path: [],
    depth: 0,
    at: 0,
  };
  const value = parseValue(reader);
  peek(reader);
  if (reader.at < reader.text.length) return throwInvalid(reader, 'something follows the value');
  return value;
}

function parseValue(reader: Reader): JsonValue | RawNumber {
  switch (peek(reader)) {
    case 0x7b:
      return parseNested(reader, parseObject);
    case 0x5b:
      return parseNested(reader, parseArray);
    case 0x22:
      return parseString(reader);
    case 0x74:
      return parseWord(reader, 'true', true);
    case 0x66:
      return parseWord(reader, 'false', false);
    case 0x6e:
      return parseWord(reader, 'null', null);
    default:
      return reader.toNumber(parseNumberToken(reader), reader);
  }
}

function parseWord<T>(reader: Reader, word: string, value: T): T {
  if (!reader.text.startsWith(word, reader.at)) return throwInvalid(reader, 'unexpected character');
  reader.at += word.length;
  return value;
}

function parseNested(reader: Reader, parse: (reader: Reader) => JsonValue): JsonValue {
  if (reader.depth >= reader.maxDepth) return throwAt('SIGNING_JSON_TOO_DEEP', reader, 'nesting');
  reader.at += 1;
  const value = parse(reader);
  reader.at += 1;
  return value;
}

/** Parses a member or element, with its key or index on the path. */
function parseAt(reader: Reader, step: string | number): JsonValue {
  reader.path[reader.depth] = step;
  reader.depth += 1;
  const value = parseValue(reader) as JsonValue;
  reader.depth -= 1;
  return value;
}

function parseArray(reader: Reader): JsonValue {
  const array: JsonValue[] = [];
  if (peek(reader) === 0x5d) return array;
  for (;;) {
    array.push(parseAt(reader, array.length));
    if (peek(reader) === 0x5d) return array;
    take(reader, ',');
  }
}

function parseObject(reader: Reader): JsonValue {
  const object: Record<string, JsonValue> = {};
  if (peek(reader) === 0x7d) return object;
  for (;;) {
    if (peek(reader) !== 0x22) return throwInvalid(reader, 'expected a key');
    const keyAt = reader.at;
    const key = parseString(reader);
    if (Object.hasOwn(object, key)) {
      return throwAt('SIGNING_JSON_DUPLICATE_KEY', reader, 'duplicate key', keyAt);
    }
    take(reader, ':');
    assign(object, key, parseAt(reader, key));
    if (peek(reader) === 0x7d) return object;
    take(reader, ',');
  }
}

/** Sets an own property, also for a name such as `__proto__`, which an assignment would not set. */
function assign(object: Record<string, JsonValue>, key: string, value: JsonValue): void {
  if (key in object) {
    Object.defineProperty(object, key, {
      value,
      configurable: true,
      enumerable: true,
      writable: true,
    });
  } else {
    object[key] = value;
  }
}

function checkSize(input: string | Uint8Array, maxBytes: number): void {
  // A UTF-16 code unit takes one to three bytes, so most strings need no counting.
  if (input.length * 3 <= maxBytes) return;
  const bytes =
    typeof input === 'string' && input.length <= maxBytes
      ? new TextEncoder().encode(input).length
      : input.length;
  if (bytes <= maxBytes) return;
  throw new SigningError('SIGNING_JSON_TOO_LARGE', `the JSON is larger than ${maxBytes} bytes`, {
    details: { bytes, maxBytes, offset: 0, line: 1, column: 1, path: '$' },
  });
}
