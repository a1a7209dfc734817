import { fromBase64Url, parseJson, SigningError } from '@spanforge/core-signing';
import { isAlgorithm, type JwtAlgorithm } from './algorithms.js';
import type { KeyHint } from './jwks.js';
import { tokenRefusedError } from './refuse.js';

/** The longest token, in characters. */
export const MAX_TOKEN_LENGTH = 16_384;

/** The claims of a token, unchecked. */
export type Claims = Readonly<Record<string, unknown>>;

/** The parts of a token; nothing is verified. */
export interface TokenParts {
  readonly header: Claims;
  readonly claims: Claims;
}

function readPart(part: string): Claims {
  const value: unknown = parseJson(fromBase64Url(part), { integers: 'safe' });
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw tokenRefusedError('malformed');
  }
  return value as Claims;
}

/**
 * Splits a compact token into its parts: strict base64url, strict JSON without duplicate names.
 *
 * @throws {RbacError} `RBAC_JWT_INVALID`.
 */
export function splitToken(token: unknown): TokenParts {
  if (typeof token !== 'string' || token.length > MAX_TOKEN_LENGTH)
    throw tokenRefusedError('malformed');
  const [header, claims, signature, more] = token.split('.');
  if (!header || !claims || signature === undefined || more !== undefined) {
    throw tokenRefusedError('malformed');
  }
  try {
    fromBase64Url(signature);
    return { header: readPart(header), claims: readPart(claims) };
  } catch (cause) {
    throw SigningError.is(cause) ? tokenRefusedError('malformed', cause) : cause;
  }
}

/**
 * Reads algorithm and key id from a header. `jwk`, `jku`, `x5u` and `x5c` are ignored; `crit` and `b64`
 * (RFC 7797) are refused.
 */
export function readHeader(header: Claims, algorithms: readonly JwtAlgorithm[]): KeyHint {
  const { alg, kid } = header;
  if (!isAlgorithm(alg) || !algorithms.includes(alg)) throw tokenRefusedError('algorithm');
  if (Object.hasOwn(header, 'crit') || Object.hasOwn(header, 'b64')) {
    throw tokenRefusedError('critical_header');
  }
  if (kid !== undefined && (typeof kid !== 'string' || kid.length > 512)) {
    throw tokenRefusedError('key_unknown');
  }
  return { kid, algorithm: alg };
}
