import { decodeTime, monotonicFactory, ulidToUUID } from 'ulid';
import { type Clock, systemClock } from './clock.js';

/** Makes one identifier: a ULID, each greater than the one before from the same maker. */
export type MakeId = () => string;

const POOL_BYTES = 1024;

/** Bytes from the platform's cryptographic generator, drawn from the system in large pieces. */
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

/**
 * Makes ULIDs that only ever increase, even when the clock stands still, goes back, or leaves the
 * range of ULIDs.
 *
 * @param clock Milliseconds since the epoch; the system's when absent.
 * @param random Bytes of cryptographic quality; the platform's when absent.
 */
export function createIds(clock: Clock = systemClock, random = createRandom()): MakeId {
  const next = monotonicFactory(() => (random(1)[0] ?? 0) / 256);
  return () => next(ulidTime(clock()));
}

/** The time a ULID can hold that comes nearest: whatever the clock says, identifiers go on. */
function ulidTime(epochMs: number): number {
  // Not zero, for which the library would read a clock of its own.
  return Math.min(Math.max(Math.trunc(epochMs) || 1, 1), MAX_TIME);
}

const MAX_TIME = 2 ** 48 - 1;

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
