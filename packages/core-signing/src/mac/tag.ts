import { fromHex, toHex } from '../bytes.js';
import { SigningError } from '../error.js';

const PREFIX = 'hmac-sha256:';
const TAG = /^hmac-sha256:[0-9a-f]{64}$/;
const TAG_LENGTH = 32;

/**
 * `hmac-sha256:` and 64 lower-case hexadecimal digits.
 *
 * @throws {SigningError} `SIGNING_ARGUMENT_INVALID` unless the tag has 32 bytes.
 */
export function formatMac(tag: Uint8Array): string {
  if (tag.length === TAG_LENGTH) return PREFIX + toHex(tag);
  throw new SigningError('SIGNING_ARGUMENT_INVALID', 'expected an HMAC-SHA256 tag of 32 bytes', {
    details: { length: tag.length },
  });
}

/** The tag in a text that `formatMac` wrote, or `undefined` for any other text; never throws. */
export function parseMac(text: unknown): Uint8Array | undefined {
  if (typeof text !== 'string' || !TAG.test(text)) return undefined;
  return fromHex(text.slice(PREFIX.length));
}
