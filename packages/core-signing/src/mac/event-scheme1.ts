import { equalBytes, toHex, utf8 } from '../bytes.js';
import { hmacSha256, sha256 } from '../digest.js';
import { SigningError } from '../error.js';
import { canonicalize } from '../json/canonicalize.js';
import { parseKeepingNumbers } from '../json/parse.js';
import { parseMac } from './tag.js';

const SEPARATOR = '|';

/** The result of verifying a scheme 1 signature; at best it covers the payload and two ids. */
export type EventScheme1Result =
  | { readonly valid: true; readonly coverage: 'payload-only' }
  | {
      readonly valid: false;
      readonly coverage: 'payload-only';
      readonly reason: 'malformed' | 'checksum' | 'signature';
    };

/**
 * The `checksum` of an event: `sha256:` and the hexadecimal digest of its payload's canonical JSON.
 *
 * @throws {SigningError} the `SIGNING_JSON_` codes of `canonicalize`.
 */
export function eventChecksum(payload: unknown): string {
  return `sha256:${toHex(sha256(canonicalize(payload)))}`;
}

/**
 * Verifies an event of the older scheme 1: `checksum` over the payload, and an HMAC over
 * `event_id|checksum|prev_id` with the secret itself instead of a derived key. Signing in this
 * scheme is not offered.
 *
 * Pass the event's JSON text as received: then its numbers keep their spelling (`1.0` is not
 * rewritten to `1`), which the checksum of a foreign writer needs. An object is accepted too, with
 * numbers as JavaScript writes them. A valid signature says nothing about the event's type, time,
 * actor or any other member. A missing `prev_id` counts as empty.
 *
 * @throws {SigningError} `SIGNING_SECRET_WEAK` for an empty secret; nothing else.
 */
export function verifyEventScheme1(
  event: string | Uint8Array | object,
  secret: Uint8Array,
): EventScheme1Result {
  if (secret.length === 0) throw new SigningError('SIGNING_SECRET_WEAK', 'the secret is empty');
  try {
    const isText = typeof event === 'string' || event instanceof Uint8Array;
    return verify(isText ? parseKeepingNumbers(event) : event, secret);
  } catch (cause) {
    if (SigningError.is(cause)) return refused('malformed');
    throw cause;
  }
}

function verify(event: unknown, secret: Uint8Array): EventScheme1Result {
  if (typeof event !== 'object' || event === null) return refused('malformed');
  const read = (name: string): unknown => Object.getOwnPropertyDescriptor(event, name)?.value;
  const eventId = read('event_id');
  const prevId = read('prev_id') ?? '';
  const tag = parseMac(read('signature'));
  if (!isPart(eventId) || eventId === '' || !isPart(prevId) || tag === undefined) {
    return refused('malformed');
  }
  const checksum = eventChecksum(read('payload'));
  if (read('checksum') !== checksum) return refused('checksum');
  const message = utf8([eventId, checksum, prevId].join(SEPARATOR));
  if (!equalBytes(tag, hmacSha256(secret, message))) return refused('signature');
  return { valid: true, coverage: 'payload-only' };
}

/** A part that contains the separator would let two different events share one message. */
function isPart(value: unknown): value is string {
  return typeof value === 'string' && !value.includes(SEPARATOR);
}

function refused(reason: 'malformed' | 'checksum' | 'signature'): EventScheme1Result {
  return { valid: false, coverage: 'payload-only', reason };
}
