import { fromBase64Url, parseJson, SigningError } from '@spanforge/core-signing';
import { type CryptoKey, createLocalJWKSet, errors, type JWK } from 'jose';
import { z } from 'zod';
import type { JwtAlgorithm } from './algorithms.js';
import { keysRefusedError } from './refuse.js';

/** What a token says about the key that signed it. */
export interface KeyHint {
  readonly kid: string | undefined;
  readonly algorithm: JwtAlgorithm;
}

/** Public keys by their ids. */
export interface JwtKeySet {
  /** The one key for a token, imported for its algorithm alone; undefined when there is none. */
  find(hint: KeyHint): Promise<CryptoKey | undefined>;
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
  if (bits < MIN_RSA_BITS)
    throw keysRefusedError(`expected RSA keys of at least ${MIN_RSA_BITS} bits`);
  // 65537 is the usual exponent; attacks on small ones are known, and 1 gives no signature at all.
  if (e !== 'AQAB') throw keysRefusedError('expected the RSA exponent 65537');
}

function checkKey(key: Jwk): void {
  if (key.kty === 'oct' || SECRET_MEMBERS.some((name) => Object.hasOwn(key, name))) {
    throw keysRefusedError('expected public keys only');
  }
  try {
    if (key.kty === 'RSA') checkRsa(key);
  } catch (cause) {
    throw SigningError.is(cause) ? keysRefusedError('expected base64url', cause) : cause;
  }
}

/** The members that make up the public key and its purpose; no other member is used. */
function publicPart({ kty, kid, use, key_ops, alg, crv, x, y, n, e }: Jwk): JWK {
  const made = kty === 'RSA' ? { n, e } : kty === 'EC' ? { crv, x, y } : { crv, x };
  // RFC 9864 names the curve where JWT says EdDSA.
  const own = { kty, kid, use, key_ops, alg: alg === 'Ed25519' ? 'EdDSA' : alg, ...made };
  return Object.fromEntries(Object.entries(own).filter(([, part]) => part !== undefined)) as JWK;
}

function read(value: unknown): unknown {
  if (typeof value !== 'string') return value;
  try {
    return parseJson(value, { maxBytes: MAX_BYTES });
  } catch (cause) {
    throw keysRefusedError('expected strict JSON', cause);
  }
}

/**
 * Reads a JSON Web Key Set (RFC 7517), from its text or parsed. One bad key makes the whole set
 * invalid: a symmetric or private key, a duplicate id, a missing id among several keys, weak RSA.
 *
 * @throws {RbacError} `RBAC_JWKS_INVALID`.
 */
export function parseKeySet(value: unknown): JwtKeySet {
  const parsed = setSchema.safeParse(read(value));
  if (!parsed.success) throw keysRefusedError('expected 1 to 100 keys', parsed.error);
  const { keys } = parsed.data;
  keys.forEach(checkKey);
  const ids = new Set(keys.map(({ kid }) => kid));
  if (ids.size !== keys.length || (keys.length > 1 && ids.has(undefined))) {
    throw keysRefusedError('expected every key to have an id of its own');
  }
  const find = createLocalJWKSet({ keys: keys.map(publicPart) });
  return {
    async find({ kid, algorithm }) {
      try {
        return await find({ alg: algorithm, ...(kid === undefined ? {} : { kid }) });
      } catch (error) {
        const none = error instanceof errors.JWKSNoMatchingKey;
        if (none || error instanceof errors.JWKSMultipleMatchingKeys) return undefined;
        throw error;
      }
    },
  };
}
