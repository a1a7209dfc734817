import { fromUtf8 } from '@spanforge/core-signing';

/*
 * Functions that skip JSON in bytes without building values. Each returns the position after what it
 * skipped. -1 means that the bytes are not UTF-8, that `JSON.parse` would refuse them, or that only
 * `JSON.parse` can tell.
 */

export const QUOTE = 0x22;
export const OPEN_LIST = 0x5b;
export const OPEN_OBJECT = 0x7b;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;
const COLON = 0x3a;
const CLOSE_LIST = 0x5d;
const CLOSE_OBJECT = 0x7d;

/** Deeper than any valid record; deeper values are left to `JSON.parse`. */
const MAX_DEPTH = 64;

/** The bytes of a text that is ASCII. */
export function ascii(text: string): Uint8Array {
  return Uint8Array.from(text, (letter) => letter.charCodeAt(0));
}

/** A table with a 1 for each of these bytes. */
function table(letters: Uint8Array | ((byte: number) => boolean)): Uint8Array {
  const made = new Uint8Array(256);
  const has = typeof letters === 'function' ? letters : (byte: number) => letters.includes(byte);
  for (let byte = 0; byte < 256; byte += 1) made[byte] = has(byte) ? 1 : 0;
  return made;
}

/** Bytes that need no escape in a string. */
const PLAIN = table((byte) => byte >= 0x20 && byte < 0x80 && byte !== QUOTE && byte !== BACKSLASH);
const ESCAPED = table(ascii('"\\/bfnrt'));
const HEX = table(ascii('0123456789abcdefABCDEF'));
const DIGIT = table(ascii('0123456789'));

const [TRUE, FALSE, NULL] = [ascii('true'), ascii('false'), ascii('null')];

/** Skips exactly the expected bytes. A `from` of -1 gives -1. */
export function past(bytes: Uint8Array, from: number, expected: Uint8Array): number {
  if (from < 0 || from + expected.length > bytes.length) return -1;
  for (let at = 0; at < expected.length; at += 1) if (bytes[from + at] !== expected[at]) return -1;
  return from + expected.length;
}

/** Skips exactly this text of ASCII and the quote behind it. A `from` of -1 gives -1. */
export function textEnd(bytes: Uint8Array, from: number, text: string): number {
  if (from < 0 || from + text.length >= bytes.length) return -1;
  for (let at = 0; at < text.length; at += 1) {
    if (bytes[from + at] !== text.charCodeAt(at)) return -1;
  }
  return bytes[from + text.length] === QUOTE ? from + text.length + 1 : -1;
}

function escapeEnd(bytes: Uint8Array, at: number): number {
  const next = bytes[at] ?? 0;
  if (ESCAPED[next] === 1) return at + 1;
  if (next !== 0x75) return -1;
  for (let n = 1; n <= 4; n += 1) if (HEX[bytes[at + n] ?? 0] !== 1) return -1;
  return at + 5;
}

/** Skips one character beyond ASCII, in valid UTF-8 (RFC 3629). */
function beyondEnd(bytes: Uint8Array, at: number): number {
  const lead = bytes[at] as number;
  const more = lead < 0xc2 ? 0 : lead < 0xe0 ? 1 : lead < 0xf0 ? 2 : lead < 0xf5 ? 3 : 0;
  if (more === 0) return -1;
  for (let n = 1; n <= more; n += 1) if (((bytes[at + n] ?? 0) & 0xc0) !== 0x80) return -1;
  const next = bytes[at + 1] as number;
  const isOverlong = (lead === 0xe0 && next < 0xa0) || (lead === 0xf0 && next < 0x90);
  const isNone = (lead === 0xed && next > 0x9f) || (lead === 0xf4 && next > 0x8f);
  return isOverlong || isNone ? -1 : at + more + 1;
}

/** Whether a byte is a whole character of a string. */
export function isPlain(byte: number): boolean {
  return PLAIN[byte] === 1;
}

/** Skips a string of ASCII without escapes; starts after its opening quote. */
export function plainEnd(bytes: Uint8Array, from: number): number {
  let at = from;
  while (at < bytes.length && PLAIN[bytes[at] as number] === 1) at += 1;
  return bytes[at] === QUOTE ? at + 1 : -1;
}

/** Skips a string; starts after its opening quote. */
export function stringEnd(bytes: Uint8Array, from: number): number {
  let at = from;
  for (;;) {
    while (at < bytes.length && PLAIN[bytes[at] as number] === 1) at += 1;
    const stop = bytes[at];
    if (stop === QUOTE) return at + 1;
    if (stop === undefined) return -1;
    at = stop === BACKSLASH ? escapeEnd(bytes, at + 1) : beyondEnd(bytes, at);
    if (at < 0) return -1;
  }
}

/** Skips one or more digits. */
function digitsEnd(bytes: Uint8Array, from: number): number {
  let at = from;
  while (at < bytes.length && DIGIT[bytes[at] as number] === 1) at += 1;
  return at > from ? at : -1;
}

/** Skips the integer part of a number: 0, or digits. */
export function wholeEnd(bytes: Uint8Array, from: number): number {
  return bytes[from] === 0x30 ? from + 1 : digitsEnd(bytes, from);
}

/** Skips a number. */
export function numberEnd(bytes: Uint8Array, from: number): number {
  let at = wholeEnd(bytes, bytes[from] === 0x2d ? from + 1 : from);
  if (at >= 0 && bytes[at] === 0x2e) at = digitsEnd(bytes, at + 1);
  if (at < 0 || (bytes[at] !== 0x65 && bytes[at] !== 0x45)) return at;
  const sign = bytes[at + 1] === 0x2b || bytes[at + 1] === 0x2d;
  return digitsEnd(bytes, sign ? at + 2 : at + 1);
}

/** Skips any value. */
export function valueEnd(bytes: Uint8Array, at: number, depth = 0): number {
  switch (bytes[at]) {
    case QUOTE:
      return stringEnd(bytes, at + 1);
    case OPEN_OBJECT:
      return depth < MAX_DEPTH ? objectEnd(bytes, at + 1, depth + 1) : -1;
    case OPEN_LIST:
      return depth < MAX_DEPTH ? listEnd(bytes, at + 1, depth + 1) : -1;
    case 0x74:
      return past(bytes, at, TRUE);
    case 0x66:
      return past(bytes, at, FALSE);
    case 0x6e:
      return past(bytes, at, NULL);
    default:
      return numberEnd(bytes, at);
  }
}

function objectEnd(bytes: Uint8Array, from: number, depth: number): number {
  if (bytes[from] === CLOSE_OBJECT) return from + 1;
  for (let at = from; ; at += 1) {
    at = bytes[at] === QUOTE ? stringEnd(bytes, at + 1) : -1;
    at = at >= 0 && bytes[at] === COLON ? valueEnd(bytes, at + 1, depth) : -1;
    if (at < 0) return -1;
    if (bytes[at] !== COMMA) return bytes[at] === CLOSE_OBJECT ? at + 1 : -1;
  }
}

function listEnd(bytes: Uint8Array, from: number, depth: number): number {
  if (bytes[from] === CLOSE_LIST) return from + 1;
  for (let at = from; ; at += 1) {
    at = valueEnd(bytes, at, depth);
    if (at < 0) return -1;
    if (bytes[at] !== COMMA) return bytes[at] === CLOSE_LIST ? at + 1 : -1;
  }
}

/** Called with the positions of a member's name and value; returns the position after the value. */
export type OnMember = (bytes: Uint8Array, name: number, value: number) => number;

/** Skips an object whose names have no escapes, member by member. */
export function membersEnd(bytes: Uint8Array, from: number, onMember: OnMember): number {
  if (bytes[from] !== OPEN_OBJECT) return -1;
  if (bytes[from + 1] === CLOSE_OBJECT) return from + 2;
  for (let at = from + 1; ; at += 1) {
    const name = at + 1;
    at = bytes[at] === QUOTE ? plainEnd(bytes, name) : -1;
    at = at >= 0 && bytes[at] === COLON ? onMember(bytes, name, at + 1) : -1;
    if (at < 0) return -1;
    if (bytes[at] !== COMMA) return bytes[at] === CLOSE_OBJECT ? at + 1 : -1;
  }
}

/** Skips a list; `onItem` gets the position of each value and returns the position after it. */
export function itemsEnd(
  bytes: Uint8Array,
  from: number,
  onItem: (bytes: Uint8Array, value: number) => number,
): number {
  if (bytes[from] !== OPEN_LIST) return -1;
  if (bytes[from + 1] === CLOSE_LIST) return from + 2;
  for (let at = from + 1; ; at += 1) {
    at = onItem(bytes, at);
    if (at < 0) return -1;
    if (bytes[at] !== COMMA) return bytes[at] === CLOSE_LIST ? at + 1 : -1;
  }
}

/** Stands for an item of a list in a path. A name contains neither this nor the separator. */
const ITEM = '\t';
const SEPARATOR = '\n';

/** Makes the path of a value: names of members, and `undefined` for an item of a list. */
export function pathOf(...names: readonly (string | undefined)[]): string {
  return names.map((name) => `${SEPARATOR}${name ?? ITEM}`).join('');
}

/** Called with the path and range of a text or number. A text begins after its opening quote and ends after the closing one. */
type OnValue = (path: string, from: number, end: number) => void;

/** Calls `onValue` for every text and number of a valid record, in order. */
export function eachValue(bytes: Uint8Array, onValue: OnValue): void {
  const valueAt = (path: string, at: number): number => {
    const first = bytes[at];
    if (first === OPEN_OBJECT) {
      return stepsOver(at, CLOSE_OBJECT, (name) => {
        const end = stringEnd(bytes, name + 1);
        return valueAt(path + pathOf(fromUtf8(bytes.subarray(name + 1, end - 1))), end + 1);
      });
    }
    if (first === OPEN_LIST) {
      return stepsOver(at, CLOSE_LIST, (item) => valueAt(path + pathOf(undefined), item));
    }
    const end = valueEnd(bytes, at);
    if (first === QUOTE) onValue(path, at + 1, end);
    else if (first !== 0x74 && first !== 0x66 && first !== 0x6e) onValue(path, at, end);
    return end;
  };
  const stepsOver = (from: number, close: number, step: (at: number) => number): number => {
    let at = from + 1;
    if (bytes[at] === close) return at + 1;
    for (at = step(at); bytes[at] === COMMA; at = step(at + 1));
    return at + 1;
  };
  valueAt('', 0);
}
