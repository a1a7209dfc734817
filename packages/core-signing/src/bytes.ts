import {
  constantTimeEqual,
  decodeBase64,
  decodeBase64Url,
  decodeHex,
  encodeBase64,
  encodeBase64Url,
  encodeHex,
} from '#platform';
import { SigningError } from './error.js';

const encoder = new TextEncoder();
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** Lower-case hexadecimal. */
export function toHex(bytes: Uint8Array): string {
  return encodeHex(bytes);
}

/**
 * Reads lower-case hexadecimal.
 *
 * @throws {SigningError} `SIGNING_ENCODING_INVALID` for anything `toHex` would not have written.
 */
export function fromHex(text: string): Uint8Array {
  return decode(text, 'hex', decodeHex, encodeHex);
}

/** Standard base64 with padding (RFC 4648, section 4). */
export function toBase64(bytes: Uint8Array): string {
  return encodeBase64(bytes);
}

/**
 * Reads standard base64 with padding (RFC 4648, section 4), in its canonical spelling only.
 *
 * @throws {SigningError} `SIGNING_ENCODING_INVALID` for white space, the URL alphabet, missing
 * padding, or padding bits that are not zero.
 */
export function fromBase64(text: string): Uint8Array {
  return decode(text, 'base64', decodeBase64, encodeBase64);
}

/** URL-safe base64 without padding (RFC 4648, section 5; RFC 7515). */
export function toBase64Url(bytes: Uint8Array): string {
  return encodeBase64Url(bytes);
}

/**
 * Reads URL-safe base64 without padding (RFC 4648, section 5), in its canonical spelling only.
 *
 * @throws {SigningError} `SIGNING_ENCODING_INVALID` for white space, the standard alphabet,
 * padding, or padding bits that are not zero.
 */
export function fromBase64Url(text: string): Uint8Array {
  return decode(text, 'base64url', decodeBase64Url, toBase64Url);
}

/**
 * The UTF-8 bytes of a text.
 *
 * @throws {SigningError} `SIGNING_ENCODING_INVALID` for a lone surrogate, which UTF-8 cannot spell.
 */
export function utf8(text: string): Uint8Array {
  assertWellFormed(text);
  return encoder.encode(text);
}

/**
 * The text of UTF-8 bytes; a byte order mark stays in the text.
 *
 * @throws {SigningError} `SIGNING_ENCODING_INVALID` for bytes that are not UTF-8.
 */
export function fromUtf8(bytes: Uint8Array): string {
  try {
    return decoder.decode(bytes);
  } catch (cause) {
    throw new SigningError('SIGNING_ENCODING_INVALID', 'the bytes are not UTF-8', {
      details: { encoding: 'utf-8', length: bytes.length },
      cause,
    });
  }
}

/** Joins byte arrays, in order. */
export function concatBytes(...parts: readonly Uint8Array[]): Uint8Array {
  const joined = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  let offset = 0;
  for (const part of parts) {
    joined.set(part, offset);
    offset += part.length;
  }
  return joined;
}

/** Compares two arrays; for equal lengths the time taken does not depend on their contents. */
export function equalBytes(left: Uint8Array, right: Uint8Array): boolean {
  return left.length === right.length && constantTimeEqual(left, right);
}

/** @throws {SigningError} `SIGNING_ENCODING_INVALID` for a lone surrogate. */
export function assertWellFormed(text: string): void {
  if (text.isWellFormed()) return;
  throw new SigningError('SIGNING_ENCODING_INVALID', 'the text holds a lone surrogate', {
    details: { encoding: 'utf-8', length: text.length },
  });
}

/** Decodes leniently, then accepts only what the encoder would have written. */
function decode(
  text: string,
  encoding: string,
  read: (text: string) => Uint8Array | undefined,
  write: (bytes: Uint8Array) => string,
): Uint8Array {
  const bytes = typeof text === 'string' ? read(text) : undefined;
  if (bytes !== undefined && write(bytes) === text) return bytes;
  throw new SigningError('SIGNING_ENCODING_INVALID', `the text is not canonical ${encoding}`, {
    details: { encoding, length: typeof text === 'string' ? text.length : -1 },
  });
}
