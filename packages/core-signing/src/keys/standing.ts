import { invalidKeyError } from './jwk.js';
import type { KeyLimits, VerificationKey } from './types.js';

/** Members of a published JWK that limit which signatures of the key count. */
export const RETIRED_MEMBER = 'spanforge_retired_size';
export const LAST_GOOD_MEMBER = 'spanforge_last_good_size';

/** Whether a signature of a key counts: the key may have been retired or revoked before. */
export type KeyStanding = 'good' | 'retired' | 'revoked';

/**
 * The standing of a key at a position of the log: its signature counts if the position is not above
 * its `lastGoodSize` and its `retiredSize`. No clock is used.
 *
 * If no position is known, a retired key still counts, since it was in good standing when it was
 * retired, and a revoked one does not.
 *
 * @param size Size of the checkpoint that is signed, or that a signed package rests on.
 */
export function keyStanding(key: KeyLimits, size: number | undefined): KeyStanding {
  const { lastGoodSize, retiredSize } = key;
  const above = (limit: number | undefined, unknown: boolean): boolean =>
    limit !== undefined && (size === undefined ? unknown : size > limit);
  if (above(lastGoodSize, true)) return 'revoked';
  return above(retiredSize, false) ? 'retired' : 'good';
}

function smaller(left: number | undefined, right: number | undefined): number | undefined {
  if (left === undefined || right === undefined) return left ?? right;
  return Math.min(left, right);
}

/** The limits that are set, without undefined members. */
export function limitsOf({ retiredSize, lastGoodSize }: KeyLimits): KeyLimits {
  return {
    ...(retiredSize === undefined ? {} : { retiredSize }),
    ...(lastGoodSize === undefined ? {} : { lastGoodSize }),
  };
}

/**
 * The same key with limits. Smaller limits that it already has are kept: if two sources disagree,
 * the stricter one counts.
 */
export function limitKey(key: VerificationKey, limits: KeyLimits): VerificationKey {
  const joined = limitsOf({
    retiredSize: smaller(key.retiredSize, limits.retiredSize),
    lastGoodSize: smaller(key.lastGoodSize, limits.lastGoodSize),
  });
  return Object.freeze({ ...key, ...joined });
}

/**
 * Reads the limits in a JWK. @throws {SigningError} `SIGNING_KEY_INVALID` for a limit that is not a
 * size.
 */
export function readLimits(member: (name: string) => unknown): KeyLimits {
  const count = (name: string): number | undefined => {
    const value = member(name);
    if (value === undefined) return undefined;
    if (typeof value === 'number' && Number.isSafeInteger(value) && value >= 0) return value;
    throw invalidKeyError('expected a size of 0 or more', name);
  };
  return limitsOf({ retiredSize: count(RETIRED_MEMBER), lastGoodSize: count(LAST_GOOD_MEMBER) });
}

/** The limits as members of a JWK. */
export function writeLimits({ retiredSize, lastGoodSize }: KeyLimits): Record<string, number> {
  return {
    ...(retiredSize === undefined ? {} : { [RETIRED_MEMBER]: retiredSize }),
    ...(lastGoodSize === undefined ? {} : { [LAST_GOOD_MEMBER]: lastGoodSize }),
  };
}
