import { canonicalize, fromBase64Url, sha256, toBase64Url, utf8 } from '@spanforge/core-signing';

const BYTES = 6;
const SPAN = 2 ** (8 * BYTES);

/** Characters of one unit as records write it. */
export const UNIT_LENGTH = 8;

/**
 * The position of a key between 0 (inclusive) and 1 (exclusive): the first 48 bits of SHA-256 over
 * the salt and the key as canonical JSON. It is the same in every process, and keys are spread
 * evenly.
 */
export function bucketOf(salt: string, key: string): number {
  return bucketOfUnit(unitOf(salt, key));
}

/** The same 48 bits as 8 characters of base64url, which do not reveal the key. */
export function unitOf(salt: string, key: string): string {
  const digest = sha256(utf8(canonicalize(['spanforge.canary.v1', salt, key])));
  return toBase64Url(digest.subarray(0, BYTES));
}

/** The bucket of a unit as records write it. */
export function bucketOfUnit(unit: string): number {
  return fromBase64Url(unit).reduce((value, byte) => value * 256 + byte, 0) / SPAN;
}

/** Whether a bucket is on the candidate at a percentage. If it is, it is at every higher one. */
export function isCandidate(bucket: number, percent: number): boolean {
  return bucket * 100 < percent;
}
