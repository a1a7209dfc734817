import { fromBase64Url, parseJson, SigningError } from '@spanforge/core-signing';
import { type CryptoKey, importJWK } from 'jose';
import { z } from 'zod';
import { fits, type JwtAlgorithm } from './algorithms.js';
import { refuseKeys } from './refuse.js';

/** What a token says about the key that signed it. */
export interface KeyHint {
  readonly kid: string | undefined;
  readonly algorithm: JwtAlgorithm;
}

/** Public keys by their ids. */
export interface JwtKeySet {
  /** The key for a token, imported for its algorithm alone; undefined when there is none. */
  find(hint: KeyHint): Promise<CryptoKey> | undefined;
}

const MAX_BYTES = 262_144;
const MAX_KEYS = 100;
const MIN_RSA_BITS = 2048;

/** Members of private and symmetric keys (RFC 7518, section 6): a published set never has them. */
const SECRET_MEMBERS = ['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'k'];

const member = z.string().min(1).max(4096);
const keySchema = z.looseObject({
  kty: member,
  kid: z.string().min(1).max(512).optional(),
  use: member.optional(),
  key_ops: z.array(member).max(16).optional(),
  alg: member.optional(),
  crv: member.optional(),
  x: member.optional(),
  y: member.optional(),
  n: member.optional(),
  e: member.optional(),
});
const setSchema = z.looseObject({ keys: z.array(keySchema).min(1).max(MAX_KEYS) });

type Jwk = z.infer<typeof keySchema>;

function checkRsa({ n = '', e = '' }: Jwk): void {
  const modulus = fromBase64Url(n);
  const bits = modulus.length * 8 - Math.clz32(modulus[0] ?? 0) + 24;
  if (bits < MIN_RSA_BITS) throw refuseKeys(`expected RSA keys of at least ${MIN_RSA_BITS} bits`);
  // F4 is what everybody uses; small exponents, 1 above all, have a history.
  if (e !== 'AQAB') throw refuseKeys('expected the RSA exponent 65537');
}

function checkKey(key: Jwk): void {
  if (key.kty === 'oct' || SECRET_MEMBERS.some((name) => Object.hasOwn(key, name))) {
    throw refuseKeys('expected public keys only');
  }
  try {
    if (key.kty === 'RSA') checkRsa(key);
  } catch (cause) {
    throw SigningError.is(cause) ? refuseKeys('expected base64url', cause) : cause;
  }
}

function isFor({ use, key_ops, alg, kty, crv }: Jwk, algorithm: JwtAlgorithm): boolean {
  return (
    (use === undefined || use === 'sig') &&
    (key_ops === undefined || key_ops.includes('verify')) &&
    (alg === undefined || alg === algorithm || (alg === 'Ed25519' && algorithm === 'EdDSA')) &&
    fits(algorithm, kty, crv)
  );
}

/** Only what the public key is made of; whatever else stands in the set is not handed on. */
function publicPart({ kty, crv, x, y, n, e }: Jwk): object {
  return kty === 'RSA' ? { kty, n, e } : kty === 'EC' ? { kty, crv, x, y } : { kty, crv, x };
}

function read(value: unknown): unknown {
  if (typeof value !== 'string') return value;
  try {
    return parseJson(value, { maxBytes: MAX_BYTES });
  } catch (cause) {
    throw refuseKeys('expected strict JSON', cause);
  }
}

/**
 * Reads a JSON Web Key Set (RFC 7517), from its text or parsed. The whole set is refused for one
 * bad key: a symmetric or private one, one id twice, an id missing among several, weak RSA.
 *
 * @throws {RbacError} `RBAC_JWKS_INVALID`.
 */
export function parseKeySet(value: unknown): JwtKeySet {
  const parsed = setSchema.safeParse(read(value));
  if (!parsed.success) throw refuseKeys('expected 1 to 100 keys', parsed.error);
  const { keys } = parsed.data;
  keys.forEach(checkKey);
  const ids = new Set(keys.map(({ kid }) => kid));
  if (ids.size !== keys.length || (keys.length > 1 && ids.has(undefined))) {
    throw refuseKeys('expected every key to have an id of its own');
  }
  const imported = new Map<string, Promise<CryptoKey>>();
  return {
    find({ kid, algorithm }) {
      const candidates = keys.filter(
        (key) => (kid === undefined || key.kid === kid) && isFor(key, algorithm),
      );
      const [key] = candidates;
      if (key === undefined || candidates.length > 1) return undefined;
      const name = JSON.stringify([key.kid, algorithm]);
      let pending = imported.get(name);
      if (pending === undefined) {
        pending = importJWK(publicPart(key), algorithm) as Promise<CryptoKey>;
        pending.catch(() => undefined);
        imported.set(name, pending);
      }
      return pending;
    },
  };
}
