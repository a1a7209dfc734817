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

/**
 * {@link macRecord} of many leaf hashes that stand one after the other, to be compared with the HMACs of records.
 *
 * @throws {SigningError} `SIGNING_ARGUMENT_INVALID` for bytes that are not hashes of 32 bytes.
 */
export function macRecords(key: MacKey, leaves: Uint8Array): Uint8Array {
  if (leaves.length % LEAF_LENGTH !== 0) macRecord(key, leaves);
  const many = key.macMany(DOMAIN, leaves);
  if (many) return many;
  const macs = new Uint8Array(leaves.length);
  for (let at = 0; at < leaves.length; at += LEAF_LENGTH) {
    macs.set(macRecord(key, leaves.subarray(at, at + LEAF_LENGTH)), at);
  }
  return macs;
}

/** True if `mac` is this key's for this leaf hash; constant time, false for malformed input. */
export function verifyRecordMac(key: MacKey, leaf: Uint8Array, mac: string): boolean {
  const tag = parseMac(mac);
  if (tag === undefined || leaf?.length !== LEAF_LENGTH) return false;
  return equalBytes(tag, macRecord(key, leaf));
}
