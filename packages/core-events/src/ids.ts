import { decodeTime, ulidToUUID } from 'ulid';
import { type Clock, systemClock } from './clock.js';

/** Makes an identifier: a ULID that is greater than the previous one from the same maker. */
export type MakeId = () => string;

const POOL_BYTES = 1024;

/** Bytes from the platform's cryptographic generator, requested from the system in large blocks. */
export function createRandom(
  fill: (bytes: Uint8Array<ArrayBuffer>) => void = (bytes) => {
    globalThis.crypto.getRandomValues(bytes);
  },
): (length: number) => Uint8Array {
  const pool = new Uint8Array(POOL_BYTES);
  let used = POOL_BYTES;
  return (length) => {
    if (length > POOL_BYTES) {
      const large = new Uint8Array(length);
      fill(large);
      return large;
    }
    if (used + length > POOL_BYTES) {
      fill(pool);
      used = 0;
    }
    used += length;
    return pool.slice(used - length, used);
  };
}

const ALPHABET = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
const MAX_TIME = 2 ** 48 - 1;
const TIME_DIGITS = 10;
const RANDOM_DIGITS = 16;
/** Pairs of digits: usually, two successive identifiers differ only in the last pair. */
const PAIRS: readonly string[] = Array.from(
  { length: 32 * 32 },
  (_, pair) => `${ALPHABET[pair >> 5]}${ALPHABET[pair & 31]}`,
);
const LAST_PAIR = RANDOM_DIGITS / 2 - 1;

/** The nearest time that a ULID can hold, so that identifiers continue whatever the clock says. */
function ulidTime(epochMs: number): number {
  return Math.min(Math.max(Math.trunc(epochMs) || 1, 1), MAX_TIME);
}

function timeDigits(timeMs: number): string {
  let text = '';
  for (let digit = 0, left = timeMs; digit < TIME_DIGITS; digit += 1) {
    text = `${ALPHABET[left % 32]}${text}`;
    left = Math.floor(left / 32);
  }
  return text;
}

/** Makers that were created here, once or twice for each log. */
const own = new WeakSet<MakeId>();

/**
 * Makes strictly increasing ULIDs, even if the clock stands still, goes back, or leaves the range
 * of ULIDs.
 *
 * @param clock Milliseconds since the epoch; default the system's.
 * @param random Bytes of cryptographic quality; default the platform's.
 */
export function createIds(clock: Clock = systemClock, random = createRandom()): MakeId {
  const make = createMaker(clock, random);
  own.add(make);
  return make;
}

/** Whether all that a maker makes are ULIDs, for which it must be one of {@link createIds}. */
export function makesUlids(makeId: MakeId): boolean {
  return own.has(makeId);
}

function createMaker(clock: Clock, random: (length: number) => Uint8Array): MakeId {
  const pairs = new Uint16Array(RANDOM_DIGITS / 2);
  let lastMs = 0;
  let time = '';
  let stem = '';
  const writeStem = (): void => {
    const parts = [time];
    for (let at = 0; at < LAST_PAIR; at += 1) parts.push(PAIRS[pairs[at] ?? 0] ?? '');
    // `join` makes a flat string: V8 would flatten a concatenation again for each identifier.
    stem = parts.join('');
  };
  const draw = (): void => {
    const bytes = random(RANDOM_DIGITS);
    // The last digit comes first; each digit takes five bits of a byte.
    const digit = (at: number): number => ((bytes[RANDOM_DIGITS - 1 - at] ?? 0) >> 3) & 31;
    for (let at = 0; at < pairs.length; at += 1) {
      pairs[at] = (digit(at * 2) << 5) | digit(at * 2 + 1);
    }
    writeStem();
  };
  const begin = (timeMs: number): void => {
    lastMs = timeMs;
    time = timeDigits(timeMs);
    draw();
  };
  const increment = (): void => {
    let at = LAST_PAIR;
    for (; at >= 0 && pairs[at] === PAIRS.length - 1; at -= 1) pairs[at] = 0;
    if (at < 0) {
      // After the last identifier of a millisecond comes the next millisecond.
      begin(ulidTime(lastMs + 1));
      return;
    }
    pairs[at] = (pairs[at] ?? 0) + 1;
    if (at < LAST_PAIR) writeStem();
  };
  return () => {
    const timeMs = ulidTime(clock());
    if (timeMs > lastMs) begin(timeMs);
    else increment();
    return stem + PAIRS[pairs[LAST_PAIR] ?? 0];
  };
}

/** 48 bits of time and 80 of randomness in Crockford's base 32: the first digit is at most 7. */
export const ULID = /^[0-7][0-9A-HJKMNP-TV-Z]{25}$/;

/** True for a well-formed ULID in canonical upper case. */
export function isUlid(text: string): boolean {
  return ULID.test(text);
}

/** The time in an identifier, epoch milliseconds; undefined for text that is not a ULID. */
export function ulidTimeMs(id: string): number | undefined {
  return isUlid(id) ? decodeTime(id) : undefined;
}

/** The 128 bits of an identifier as a UUID in lower case; undefined for text that is not a ULID. */
export function ulidToUuid(id: string): string | undefined {
  return isUlid(id) ? ulidToUUID(id).toLowerCase() : undefined;
}
