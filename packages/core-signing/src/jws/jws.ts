import { CompactSign, type CryptoKey, compactVerify, importJWK } from 'jose';
import { SigningError } from '../error.js';
import type { JsonValue } from '../json/types.js';
import { createKeySet, type KeySet } from '../keys/key-set.js';
import { isSignatureForm } from '../keys/signature-form.js';
import { keyStanding } from '../keys/standing.js';
import type { KeyAlgorithm, SigningKey, VerificationKey } from '../keys/types.js';
import { invalidJwsError, readCompact } from './compact.js';

/** Signature algorithms by their JOSE names (RFC 7518, RFC 8037, RFC 9864). */
export type JwsAlgorithm = 'EdDSA' | 'Ed25519' | 'ES256';

/** The payload and the key to sign it with. */
export interface SignJwsOptions {
  readonly payload: Uint8Array;
  readonly key: SigningKey;
  /** The media type of the whole object, for the `typ` header. */
  readonly typ?: string;
}

/** The keys and algorithms to trust. */
export interface VerifyJwsOptions {
  readonly keys: KeySet | readonly VerificationKey[];
  /** The only algorithms to accept; there is no default. */
  readonly algorithms: readonly JwsAlgorithm[];
}

/** A payload that a trusted key has signed. */
export interface VerifiedJws {
  readonly payload: Uint8Array;
  readonly kid: string;
  readonly alg: JwsAlgorithm;
  /** The protected header; only `alg` and `kid` have been used. */
  readonly header: { readonly [name: string]: JsonValue };
}

const KEY_ALGORITHMS: ReadonlyMap<string, KeyAlgorithm> = new Map<JwsAlgorithm, KeyAlgorithm>([
  ['EdDSA', 'Ed25519'],
  ['Ed25519', 'Ed25519'],
  ['ES256', 'ES256'],
]);

/**
 * Signs a payload as a compact JWS (RFC 7515) with `alg` and `kid`; Ed25519 keys sign as `EdDSA`.
 *
 * @throws {SigningError} `SIGNING_JWS_INVALID` when the platform cannot sign.
 */
export async function signJws(options: SignJwsOptions): Promise<string> {
  const { payload, key, typ } = options;
  const alg = key.alg === 'Ed25519' ? 'EdDSA' : key.alg;
  try {
    return await new CompactSign(new Uint8Array(payload))
      .setProtectedHeader({ alg, kid: key.kid, ...(typ === undefined ? {} : { typ }) })
      .sign(await importKey({ ...key.exportPrivateJwk() }, alg));
  } catch {
    // Without a cause, which could quote the key.
    throw invalidJwsError('the platform cannot sign');
  }
}

/**
 * Verifies a compact JWS (RFC 7515) against keys and algorithms from outside it.
 *
 * The key is the one that `kid` names, or the only one given if there is no `kid`. Its algorithm
 * must be the header's, and one of `algorithms`. `jwk`, `jku`, `x5u` and `x5c` are ignored, and any
 * `crit` or `b64` is refused. Tokens of a revoked key are refused.
 *
 * @throws {SigningError} `SIGNING_JWS_INVALID`, with `details.reason`; `SIGNING_KEY_DUPLICATE` or
 * `SIGNING_KEY_ROLE_CONFLICT` for the list of keys.
 */
export async function verifyJws(token: string, options: VerifyJwsOptions): Promise<VerifiedJws> {
  const keys = 'list' in options.keys ? options.keys : createKeySet(options.keys);
  const { header, signature } = readCompact(token);
  const alg = options.algorithms.find((name) => name === header.alg);
  const keyAlgorithm = KEY_ALGORITHMS.get(alg ?? '');
  if (alg === undefined || keyAlgorithm === undefined)
    throw invalidJwsError('algorithm not accepted');
  const key = findKey(header.kid, keys);
  if (key.alg !== keyAlgorithm) throw invalidJwsError('algorithm of another key');
  // A token has no position in a log.
  if (keyStanding(key, undefined) === 'revoked') throw invalidJwsError('revoked key');
  if (!isSignatureForm(key.alg, signature)) throw invalidJwsError('signature');
  const payload = await verifyWith(key, alg, token);
  return { payload, kid: key.kid, alg, header };
}

function findKey(kid: JsonValue | undefined, keys: KeySet): VerificationKey {
  const [only, second] = keys.list();
  const key = kid === undefined && second === undefined ? only : undefined;
  const found = typeof kid === 'string' ? keys.get(kid) : key;
  if (found === undefined) throw invalidJwsError('unknown key');
  return found;
}

async function verifyWith(
  key: VerificationKey,
  alg: JwsAlgorithm,
  token: string,
): Promise<Uint8Array> {
  try {
    const publicKey = await importKey({ ...key.publicJwk }, alg);
    return (await compactVerify(token, publicKey, { algorithms: [alg] })).payload;
  } catch (cause) {
    throw invalidJwsError('signature', cause);
  }
}

/** Imports a key object, never bytes: bytes would let the other side choose their meaning. */
async function importKey(jwk: Record<string, string>, alg: JwsAlgorithm): Promise<CryptoKey> {
  const key = await importJWK(jwk, alg);
  if (key instanceof Uint8Array) throw new SigningError('SIGNING_KEY_INVALID', 'not a key pair');
  return key;
}
