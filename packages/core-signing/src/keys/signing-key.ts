import { createSign, createVerify, generateKey } from '#platform';
import { utf8 } from '../bytes.js';
import { SigningError } from '../error.js';
import { importVerificationKey } from './import.js';
import { algorithmOf, checkKid, invalidKeyError, readPrivateMember, readPublicJwk } from './jwk.js';
import { readRole } from './roles.js';
import { thumbprintOf } from './thumbprint.js';
import type {
  KeyAlgorithm,
  KeyRole,
  PrivateJwk,
  PublicJwk,
  SigningKey,
  VerificationKey,
} from './types.js';

const PAIR_TEST = utf8('spanforge.key.pair-test.v1\n');

/**
 * Generates a key from the platform's random numbers.
 *
 * @throws {SigningError} `SIGNING_KEY_INVALID` for another algorithm or role.
 */
export async function generateSigningKey(options: {
  readonly alg: KeyAlgorithm;
  readonly role: KeyRole;
}): Promise<SigningKey> {
  const { alg, role } = options;
  if (alg !== 'Ed25519' && alg !== 'ES256') throw invalidKeyError('unknown algorithm', 'alg');
  return importSigningKey(await generateKey(alg), role);
}

/**
 * Imports a private key from its JWK (RFC 7517, RFC 8037), for one role.
 *
 * Signs and verifies once, which detects a `d` that does not belong to the public half.
 *
 * @throws {SigningError} `SIGNING_KEY_INVALID`; no message or cause quotes the key.
 */
export async function importSigningKey(jwk: unknown, role: KeyRole): Promise<SigningKey> {
  const checkedRole = readRole(role);
  const publicJwk = readPublicJwk(jwk, 'sign');
  const kid = thumbprintOf(publicJwk);
  checkKid(jwk, kid);
  const alg = algorithmOf(publicJwk);
  const privateJwk = Object.freeze({ ...publicJwk, d: readPrivateMember(jwk) });
  const sign = await createCheckedSign(privateJwk, publicJwk);
  return Object.freeze({
    kid,
    alg,
    role: checkedRole,
    publicJwk,
    sign: (bytes: Uint8Array) => sign(bytes),
    exportPrivateJwk: () => privateJwk,
  });
}

/** The public half of a signing key. */
export function toVerificationKey(key: SigningKey): VerificationKey {
  return importVerificationKey(key.publicJwk, key.role);
}

async function createCheckedSign(privateJwk: PrivateJwk, publicJwk: PublicJwk) {
  const alg = algorithmOf(publicJwk);
  try {
    const sign = await createSign(alg, privateJwk);
    const verify = createVerify(alg, publicJwk);
    if (await verify(PAIR_TEST, await sign(PAIR_TEST))) return sign;
  } catch {
    // Continues without the cause, which could quote the key.
  }
  throw new SigningError('SIGNING_KEY_INVALID', 'the private and the public half do not match', {
    details: { reason: 'the halves do not match', member: 'd' },
  });
}
