import { equalBytes, utf8 } from '../bytes.js';
import { SigningError } from '../error.js';
import type { MacKey } from './mac-key.js';
import { parseMac } from './tag.js';

const DOMAIN = utf8('spanforge.record.v1\n');
const LEAF_LENGTH = 32;

let message: Uint8Array | undefined;

/**
 * The HMAC of a record: over `spanforge.record.v1\n` and its 32-byte leaf hash.
 *
 * @throws {SigningError} `SIGNING_ARGUMENT_INVALID` unless the leaf hash has 32 bytes.
 */
export function macRecord(key: MacKey, leaf: Uint8Array): Uint8Array {
  if (leaf.length === LEAF_LENGTH) {
    if (!message) {
      message = new Uint8Array(DOMAIN.length + LEAF_LENGTH);
      message.set(DOMAIN);
    }
    message.set(leaf, DOMAIN.length);
    return key.mac(message);
  }
  throw new SigningError('SIGNING_ARGUMENT_INVALID', 'expected a leaf hash of 32 bytes', {
    details: { length: leaf.length },
  });
}

/** True if `mac` is this key's for this leaf hash; constant time, false for malformed input. */
export function verifyRecordMac(key: MacKey, leaf: Uint8Array, mac: string): boolean {
  const tag = parseMac(mac);
  if (tag === undefined || leaf?.length !== LEAF_LENGTH) return false;
  return equalBytes(tag, macRecord(key, leaf));
}
