import { toBase64Url } from '../bytes.js';
import { sha256 } from '../digest.js';
import { canonicalize } from '../json/canonicalize.js';
import { readPoint } from './jwk.js';
import type { PublicJwk } from './types.js';

/**
 * The `kid` of a key: the base64url SHA-256 thumbprint of its public members (RFC 7638, RFC 8037).
 *
 * Private and additional members make no difference.
 *
 * @throws {SigningError} `SIGNING_KEY_INVALID` for a JWK that is no Ed25519 or P-256 key.
 */
export function jwkThumbprint(jwk: unknown): string {
  return thumbprintOf(readPoint(jwk));
}

/** The thumbprint of public members that have already been checked. */
export function thumbprintOf(jwk: PublicJwk): string {
  return toBase64Url(sha256(canonicalize(jwk)));
}
