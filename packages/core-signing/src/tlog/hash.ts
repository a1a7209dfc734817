import { isSha256 } from '#platform';
import { concatBytes, fromHex } from '../bytes.js';
import { sha256 } from '../digest.js';
import { SigningError } from '../error.js';
import { createScratch } from './scratch.js';

/** Bytes of a SHA-256 hash. */
export const HASH_SIZE = 32;

/** The root of a tree without leaves: SHA-256 of nothing (RFC 6962, section 2.1). */
export const EMPTY_ROOT: Uint8Array = /* @__PURE__ */ fromHex(
  'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
);

/** Its first byte is never written to, so it stays zero. */
const leafScratch = /* @__PURE__ */ createScratch();
let nodeScratch: Uint8Array | undefined;

/**
 * The hash of one record as a leaf: SHA-256(0x00 || data), a string as its UTF-8 bytes (RFC 6962).
 *
 * @throws {SigningError} `SIGNING_ENCODING_INVALID` for a string with a lone surrogate.
 */
export function leafHash(data: Uint8Array | string): Uint8Array {
  if (typeof data === 'string') return sha256(`\0${data}`);
  const prefixed = leafScratch(data.length + 1);
  prefixed.set(data, 1);
  return sha256(prefixed);
}

/** True if `leaf` is the leaf hash of a record, as {@link leafHash} computes it. */
export function isLeafHash(data: Uint8Array, leaf: Uint8Array): boolean {
  if (leaf.length !== HASH_SIZE) return false;
  const prefixed = leafScratch(data.length + 1);
  prefixed.set(data, 1);
  return isSha256(prefixed, leaf, 0);
}

/**
 * The same for the record at `[from, end)` of bytes and the leaf at a place of leaves that stand one after the other.
 * Copies nothing: while a record is hashed, the byte before it is zero; afterwards the bytes are as they were.
 */
export function isLeafHashIn(
  bytes: Uint8Array,
  from: number,
  end: number,
  leaves: Uint8Array,
  at: number,
): boolean {
  const place = at * HASH_SIZE;
  if (from === 0 || end > bytes.length) {
    return isLeafHash(bytes.subarray(from, end), leaves.subarray(place, place + HASH_SIZE));
  }
  const before = bytes[from - 1] as number;
  bytes[from - 1] = 0;
  const is = isSha256(
    new Uint8Array(bytes.buffer, bytes.byteOffset + from - 1, end - from + 1),
    leaves,
    place,
  );
  bytes[from - 1] = before;
  return is;
}

/** The hash of an inner node: SHA-256(0x01 || left || right) (RFC 6962, section 2.1). */
export function nodeHash(left: Uint8Array, right: Uint8Array): Uint8Array {
  if (left.length !== HASH_SIZE || right.length !== HASH_SIZE) {
    return sha256(concatBytes(Uint8Array.of(1), left, right));
  }
  const node = nodeMemory();
  node.set(left, 1);
  node.set(right, 1 + HASH_SIZE);
  return sha256(node);
}

/** {@link nodeHash} of two hashes that stand one after the other. */
export function pairHash(hashes: Uint8Array): Uint8Array {
  const node = nodeMemory();
  node.set(hashes, 1);
  return sha256(node);
}

function nodeMemory(): Uint8Array {
  if (nodeScratch) return nodeScratch;
  nodeScratch = new Uint8Array(1 + 2 * HASH_SIZE);
  nodeScratch[0] = 1;
  return nodeScratch;
}

/** True if `value` can be a SHA-256 hash. */
export function isHash(value: unknown): value is Uint8Array {
  return value instanceof Uint8Array && value.length === HASH_SIZE;
}

/** @throws {SigningError} `SIGNING_PROOF_INVALID` for anything but 32 bytes. */
export function assertHash(value: unknown): asserts value is Uint8Array {
  if (isHash(value)) return;
  throw new SigningError('SIGNING_PROOF_INVALID', 'expected a tree hash of 32 bytes', {
    details: { length: value instanceof Uint8Array ? value.length : -1 },
  });
}
