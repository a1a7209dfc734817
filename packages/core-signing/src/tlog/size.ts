import { SigningError } from '../error.js';

/**
 * Sizes and positions go up to 2^53 - 1, beyond the 32 bits of JavaScript's bit operators: all
 * arithmetic here is division, remainder and multiplication by two.
 */

/** True if `value` is an integer from 0 to 2^53 - 1. */
export function isSize(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

/** @throws {SigningError} `SIGNING_PROOF_INVALID` for anything but a whole number up to `maximum`. */
export function assertSize(
  name: string,
  value: unknown,
  maximum = Number.MAX_SAFE_INTEGER,
): asserts value is number {
  if (isSize(value) && value <= maximum) return;
  throw new SigningError('SIGNING_PROOF_INVALID', `the ${name} is out of range`, {
    details: { field: name, value: typeof value === 'number' ? value : -1, maximum },
  });
}

/** The largest power of two below `size`: where RFC 6962 splits a tree of at least two leaves. */
export function splitPoint(size: number): number {
  let half = 1;
  while (half * 2 < size) half *= 2;
  return half;
}

/** The number of complete subtrees a tree of this size consists of. */
export function countPeaks(size: number): number {
  let count = 0;
  for (let rest = size; rest > 0; rest = half(rest)) count += rest % 2;
  return count;
}

/** Half of `value`, rounded down. */
export function half(value: number): number {
  return Math.floor(value / 2);
}

/** A decimal number as the C2SP formats write it: no sign, no leading zero, up to 2^53 - 1. */
export function parseDecimal(text: string | undefined): number | undefined {
  if (text === undefined || !/^(?:0|[1-9][0-9]{0,15})$/.test(text)) return undefined;
  const value = Number(text);
  return isSize(value) ? value : undefined;
}
