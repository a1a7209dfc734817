import { createVerify } from '#platform';
import { toBase64Url } from '../bytes.js';
import {
  algorithmOf,
  checkKid,
  invalidKeyError,
  memberReader,
  publicKeyBytes,
  readPublicJwk,
  refusePrivateMembers,
} from './jwk.js';
import { ORIGIN_MEMBER, ROLE_MEMBER, readOrigin, readRole } from './roles.js';
import { isSignatureForm } from './signature-form.js';
import { limitKey, readLimits } from './standing.js';
import { thumbprintOf } from './thumbprint.js';
import type { KeyAlgorithm, KeyRole, PublicJwk, VerificationKey } from './types.js';

/**
 * Imports a public key from its JWK (RFC 7517, RFC 8037), checked here so that verifying need not.
 *
 * Refuses points that are not on the curve, not canonical or of small order, a `kid` that is not
 * the thumbprint, and an `alg`, `use` or `key_ops` that does not allow verifying with this curve.
 * The role may come from the JWK's member `spanforge_role`; if both are given, they must agree. The
 * members `spanforge_retired_size` and `spanforge_last_good_size` limit which signatures count, and
 * `spanforge_origin` names the log whose key it is.
 *
 * @throws {SigningError} `SIGNING_KEY_INVALID`; `SIGNING_KEY_PRIVATE` for a private or symmetric
 * key.
 */
export function importVerificationKey(jwk: unknown, role?: KeyRole): VerificationKey {
  refusePrivateMembers(jwk);
  const publicJwk = readPublicJwk(jwk);
  const kid = thumbprintOf(publicJwk);
  checkKid(jwk, kid);
  const member = memberReader(jwk);
  const origin = readOrigin(member(ORIGIN_MEMBER));
  const key = createVerificationKey(publicJwk, kid, agreedRole(member(ROLE_MEMBER), role));
  const named = origin === undefined ? key : { ...key, origin };
  return limitKey(named, readLimits(member));
}

/**
 * A public key from its raw bytes: 32 for Ed25519, the 65-byte uncompressed point for ES256.
 *
 * @throws {SigningError} `SIGNING_KEY_INVALID` as `importVerificationKey` does.
 */
export function importRawVerificationKey(
  alg: KeyAlgorithm,
  publicKey: Uint8Array,
  role?: KeyRole,
): VerificationKey {
  return importVerificationKey(toJwk(alg, publicKey), role);
}

function toJwk(alg: KeyAlgorithm, publicKey: Uint8Array): PublicJwk {
  if (alg === 'Ed25519') return { kty: 'OKP', crv: 'Ed25519', x: toBase64Url(publicKey) };
  if (publicKey.length !== 65 || publicKey[0] !== 4)
    throw invalidKeyError('not an uncompressed point');
  const x = toBase64Url(publicKey.subarray(1, 33));
  const y = toBase64Url(publicKey.subarray(33));
  return { kty: 'EC', crv: 'P-256', x, y };
}

function agreedRole(named: unknown, role: KeyRole | undefined): KeyRole | undefined {
  if (named === undefined) return role === undefined ? undefined : readRole(role);
  const own = readRole(named);
  if (role !== undefined && role !== own) throw invalidKeyError('another role', ROLE_MEMBER);
  return own;
}

function createVerificationKey(
  publicJwk: PublicJwk,
  kid: string,
  role: KeyRole | undefined,
): VerificationKey {
  const alg = algorithmOf(publicJwk);
  const verify = createVerify(alg, publicJwk);
  return Object.freeze({
    kid,
    alg,
    ...(role === undefined ? {} : { role }),
    publicKey: publicKeyBytes(publicJwk),
    publicJwk,
    verify: async (bytes: Uint8Array, signature: Uint8Array) =>
      isSignatureForm(alg, signature) && (await verify(bytes, signature)),
  });
}
