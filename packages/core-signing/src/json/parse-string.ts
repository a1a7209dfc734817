import { type Reader, throwAt, throwInvalid } from './reader.js';

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const HEX4 = /^[0-9A-Fa-f]{4}$/;
const ESCAPES = new Map([
  ['"', '"'],
  ['\\', '\\'],
  ['/', '/'],
  ['b', '\b'],
  ['f', '\f'],
  ['n', '\n'],
  ['r', '\r'],
  ['t', '\t'],
]);

/** Parses a string, from its opening quote; refuses lone surrogates, escaped or not. */
export function parseString(reader: Reader): string {
  const opening = reader.at;
  reader.at += 1;
  let value = '';
  for (;;) {
    const start = reader.at;
    const unit = skipPlain(reader);
    value += reader.text.slice(start, reader.at);
    if (unit === QUOTE) break;
    if (unit !== BACKSLASH) {
      return throwInvalid(reader, Number.isNaN(unit) ? 'unterminated string' : 'control character');
    }
    value += parseEscape(reader);
  }
  reader.at += 1;
  if (value.isWellFormed()) return value;
  return throwAt('SIGNING_JSON_INVALID', reader, 'lone surrogate', opening);
}

function skipPlain(reader: Reader): number {
  const { text } = reader;
  let at = reader.at;
  let unit = text.charCodeAt(at);
  while (unit >= 0x20 && unit !== QUOTE && unit !== BACKSLASH) {
    at += 1;
    unit = text.charCodeAt(at);
  }
  reader.at = at;
  return unit;
}

function parseEscape(reader: Reader): string {
  const letter = reader.text.charAt(reader.at + 1);
  if (letter === 'u') {
    const digits = reader.text.slice(reader.at + 2, reader.at + 6);
    if (!HEX4.test(digits)) return throwInvalid(reader, 'bad escape');
    reader.at += 6;
    return String.fromCharCode(Number.parseInt(digits, 16));
  }
  const character = ESCAPES.get(letter);
  if (character === undefined) return throwInvalid(reader, 'bad escape');
  reader.at += 2;
  return character;
}
