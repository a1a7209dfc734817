import { SigningError } from '../error.js';
import type { VerificationKey } from './types.js';

/** Trusted keys by `kid`; a `kid` such as `__proto__` finds nothing unless a key has it. */
export interface KeySet {
  readonly size: number;
  get(kid: string): VerificationKey | undefined;
  /** Every key, in the order given. */
  list(): readonly VerificationKey[];
}

/**
 * A set of trusted keys.
 *
 * @throws {SigningError} `SIGNING_KEY_ROLE_CONFLICT` for one key under two roles,
 * `SIGNING_KEY_DUPLICATE` for one key twice.
 */
export function createKeySet(keys: Iterable<VerificationKey>): KeySet {
  const byKid = new Map<string, VerificationKey>();
  for (const key of keys) {
    const earlier = byKid.get(key.kid);
    if (earlier !== undefined) throw duplicateKeyError(earlier, key);
    byKid.set(key.kid, key);
  }
  const all = Object.freeze([...byKid.values()]);
  return Object.freeze({
    size: all.length,
    get: (kid: string) => byKid.get(kid),
    list: () => all,
  });
}

function duplicateKeyError(earlier: VerificationKey, key: VerificationKey): SigningError {
  const { kid } = key;
  return earlier.role === key.role
    ? new SigningError('SIGNING_KEY_DUPLICATE', 'a key is listed twice', { details: { kid } })
    : new SigningError('SIGNING_KEY_ROLE_CONFLICT', 'a key is listed under two roles', {
        details: { kid, role: earlier.role ?? 'none', otherRole: key.role ?? 'none' },
      });
}
