import { concatBytes, equalBytes, utf8 } from '../bytes.js';
import { SigningError } from '../error.js';
import { canonicalizeWithout } from '../json/canonicalize.js';
import type { MacKey } from './mac-key.js';
import { formatMac, parseMac } from './tag.js';

const DOMAIN = utf8('spanforge.event.v2\n');

/**
 * The signature of an event, scheme 2: HMAC over `spanforge.event.v2\n` and the canonical JSON
 * (RFC 8785) of every member except `signature`.
 *
 * @throws {SigningError} `SIGNING_ARGUMENT_INVALID` for a value that is not an object; the `SIGNING_JSON_`
 * codes of `canonicalize`.
 */
export function signEvent(event: object, key: MacKey): string {
  return formatMac(macEvent(event, key));
}

/**
 * True if the event's `signature` (scheme 2) is this key's; constant time.
 *
 * False for anything that `signEvent` could not have signed. Pass the event as received: parsed by
 * `parseJson`, not rebuilt.
 */
export function verifyEvent(event: object, key: MacKey): boolean {
  try {
    const expected = macEvent(event, key);
    const tag = parseMac(Object.getOwnPropertyDescriptor(event, 'signature')?.value);
    return tag !== undefined && equalBytes(tag, expected);
  } catch (cause) {
    if (SigningError.is(cause)) return false;
    throw cause;
  }
}

function macEvent(event: object, key: MacKey): Uint8Array {
  if (typeof event !== 'object' || event === null || Array.isArray(event)) {
    throw new SigningError('SIGNING_ARGUMENT_INVALID', 'expected an object as the event');
  }
  return key.mac(concatBytes(DOMAIN, utf8(canonicalizeWithout(event, 'signature'))));
}
