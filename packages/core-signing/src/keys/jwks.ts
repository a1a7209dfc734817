import { SigningError } from '../error.js';
import { canonicalize } from '../json/canonicalize.js';
import { parseJson } from '../json/parse.js';
import { importVerificationKey } from './import.js';
import { invalidKeyError, memberReader } from './jwk.js';
import { createKeySet } from './key-set.js';
import { ORIGIN_MEMBER, ROLE_MEMBER } from './roles.js';
import { writeLimits } from './standing.js';
import type { VerificationKey } from './types.js';

const MAX_BYTES = 1_048_576;

/**
 * Imports the keys of a JWK Set (RFC 7517, section 5): all of them, or none.
 *
 * Accepts at most 1 MiB. One key that cannot be used makes the whole set fail.
 *
 * @throws {SigningError} `SIGNING_KEY_INVALID`; `SIGNING_KEY_PRIVATE` for a set that publishes a
 * private or symmetric key; `SIGNING_KEY_DUPLICATE` for a `kid` twice;
 * `SIGNING_KEY_ROLE_CONFLICT`; the `SIGNING_JSON_` codes of `parseJson`.
 */
export function parseJwks(input: string | Uint8Array): VerificationKey[] {
  const keys = memberReader(parseJson(input, { maxBytes: MAX_BYTES }))('keys');
  if (!Array.isArray(keys)) throw invalidKeyError('not a JWK set', 'keys');
  refuseDuplicateKids(keys);
  return [...createKeySet(keys.map((jwk: unknown) => importVerificationKey(jwk))).list()];
}

/**
 * The JWK Set of public keys, as canonical JSON: with `kid`, `alg`, `use` and, where a key has one,
 * its role in `spanforge_role`, its log in `spanforge_origin` and its limits in
 * `spanforge_retired_size` and `spanforge_last_good_size`.
 *
 * @throws {SigningError} `SIGNING_KEY_DUPLICATE` or `SIGNING_KEY_ROLE_CONFLICT`.
 */
export function formatJwks(keys: Iterable<VerificationKey>): string {
  const members = createKeySet(keys)
    .list()
    .map(({ kid, alg, role, origin, publicJwk, ...limits }) => ({
      ...publicJwk,
      kid,
      alg: alg === 'Ed25519' ? 'EdDSA' : alg,
      use: 'sig',
      ...(role === undefined ? {} : { [ROLE_MEMBER]: role }),
      ...(origin === undefined ? {} : { [ORIGIN_MEMBER]: origin }),
      ...writeLimits(limits),
    }));
  return canonicalize({ keys: members });
}

/** Runs before any key is imported, so that a duplicate `kid` is reported as such. */
function refuseDuplicateKids(keys: readonly unknown[]): void {
  const seen = new Set<unknown>();
  for (const jwk of keys) {
    const kid = memberReader(jwk)('kid');
    if (kid !== undefined && seen.has(kid)) {
      throw new SigningError('SIGNING_KEY_DUPLICATE', 'a kid is listed twice');
    }
    seen.add(kid);
  }
}
