import { createMac, sha256 as platformSha256 } from '#platform';
import { assertWellFormed, concatBytes } from './bytes.js';
import { SigningError } from './error.js';

const HASH_LENGTH = 32;

/**
 * SHA-256 (FIPS 180-4), synchronous everywhere; a string is hashed as its UTF-8 bytes.
 *
 * @throws {SigningError} `SIGNING_ENCODING_INVALID` for a string with a lone surrogate.
 */
export function sha256(data: Uint8Array | string): Uint8Array {
  if (typeof data === 'string') assertWellFormed(data);
  return platformSha256(data);
}

/** HMAC-SHA256 (RFC 2104) with a key that is used once; for repeated use create a `MacKey`. */
export function hmacSha256(key: Uint8Array, data: Uint8Array): Uint8Array {
  return createMac(key)(data);
}

/**
 * HKDF-SHA256 (RFC 5869): `length` bytes (0 to 8,160) derived from `secret`.
 *
 * @throws {SigningError} `SIGNING_ARGUMENT_INVALID` for a length outside that range.
 */
export function hkdfSha256(
  secret: Uint8Array,
  salt: Uint8Array,
  info: Uint8Array,
  length: number,
): Uint8Array<ArrayBuffer> {
  if (!Number.isInteger(length) || length < 0 || length > 255 * HASH_LENGTH) {
    throw new SigningError('SIGNING_ARGUMENT_INVALID', 'expected a length of 0 to 8,160 bytes', {
      details: { length },
    });
  }
  const expand = createMac(hmacSha256(salt, secret));
  const output = new Uint8Array(length);
  let block = new Uint8Array(0);
  for (let count = 1, offset = 0; offset < length; count += 1, offset += HASH_LENGTH) {
    block = new Uint8Array(expand(concatBytes(block, info, Uint8Array.of(count))));
    output.set(block.subarray(0, length - offset), offset);
  }
  return output;
}
