import { isAscii } from 'node:buffer';
import {
  createHmac,
  createPrivateKey,
  createPublicKey,
  createSecretKey,
  generateKeyPairSync,
  hash,
  type JsonWebKey,
  type KeyObject,
  sign,
  timingSafeEqual,
  verify,
} from 'node:crypto';
import { types } from 'node:util';
import type { KeyAlgorithm, PrivateJwk, PublicJwk } from '../keys/types.js';
import type { Mac, Sign, Verify } from './platform.js';

export { createMacMany, subtreeRoot } from './many.js';

const BLOCK = 64;
const SCRATCH = 1024;

export function sha256(data: Uint8Array | string): Uint8Array {
  return fromBinary(hash('sha256', data, 'binary'));
}

/** Avoids an array for the digest: verifying a log compares one for every record. */
export function isSha256(data: Uint8Array, digests: Uint8Array, from: number): boolean {
  const text = hash('sha256', data, 'binary');
  for (let at = 0; at < text.length; at += 1) {
    if (digests[from + at] !== text.charCodeAt(at)) return false;
  }
  return true;
}

/**
 * HMAC (RFC 2104) of short messages as two one-shot hashes over prepared pads, which takes half the
 * time of `createHmac`. Long messages use `createHmac`.
 */
export function createMac(key: Uint8Array): Mac {
  const long = createSecretKey(key);
  const block = key.length > BLOCK ? sha256(key) : key;
  const inner = Buffer.alloc(SCRATCH, 0x36);
  const outer = Buffer.alloc(BLOCK + 32, 0x5c);
  const views: Buffer[] = [];
  block.forEach((byte, index) => {
    inner[index] = byte ^ 0x36;
    outer[index] = byte ^ 0x5c;
  });
  return (data) => {
    if (data.length > SCRATCH - BLOCK)
      return plain(createHmac('sha256', long).update(data).digest());
    inner.set(data, BLOCK);
    const length = BLOCK + data.length;
    const filled = views[length] ?? inner.subarray(0, length);
    views[length] = filled;
    const digest = hash('sha256', filled, 'binary');
    for (let at = 0; at < digest.length; at += 1) outer[BLOCK + at] = digest.charCodeAt(at);
    return fromBinary(hash('sha256', outer, 'binary'));
  };
}

export function constantTimeEqual(left: Uint8Array, right: Uint8Array): boolean {
  return timingSafeEqual(left, right);
}

export function encodeHex(bytes: Uint8Array): string {
  return textOf(bytes, 'hex');
}

export function decodeHex(text: string): Uint8Array {
  return plain(Buffer.from(text, 'hex'));
}

export function encodeBase64(bytes: Uint8Array): string {
  return view(bytes).toString('base64');
}

export function decodeBase64(text: string): Uint8Array {
  return plain(Buffer.from(text, 'base64'));
}

export function decodeBase64Url(text: string): Uint8Array {
  return plain(Buffer.from(text, 'base64url'));
}

export function encodeBase64Url(data: Uint8Array | string): string {
  if (typeof data !== 'string') return textOf(data, 'base64url');
  if (data.length * MOST_BYTES > short.length) return Buffer.from(data).toString('base64url');
  return short.toString('base64url', 0, short.write(data));
}

/** Bytes an UTF-16 unit takes in UTF-8, at most. */
const MOST_BYTES = 3;
const short = Buffer.alloc(4096);

/** Short bytes are copied, which costs less than a Buffer over them. */
function textOf(bytes: Uint8Array, encoding: 'hex' | 'base64url'): string {
  if (bytes.length > short.length) return view(bytes).toString(encoding);
  short.set(bytes);
  return short.toString(encoding, 0, bytes.length);
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** Bits of the last character that stand for no byte, by the number of characters in excess of whole groups. */
const UNUSED_BITS = [0, 0, 0b1111, 0b11];
const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';

/**
 * Whether a text is what these bytes are written as. The decoder passes over what is no base64, takes the other
 * alphabet too, and drops bits: writing the bytes again and comparing would cost more.
 */
function isBase64UrlOf(encoded: string, decoded: number): boolean {
  const { length } = encoded;
  const rest = length % 4;
  if (decoded !== Math.floor((length * 3) / 4) || rest === 1) return false;
  const isOther = encoded.includes('+') || encoded.includes('/');
  if (isOther || Buffer.byteLength(encoded) !== length) return false;
  const unused = UNUSED_BITS[rest] ?? 0;
  return unused === 0 || (ALPHABET.indexOf(encoded.charAt(length - 1)) & unused) === 0;
}

export function textOfBase64Url(encoded: string): string | undefined {
  const isShort = encoded.length <= short.length;
  // A view of a Buffer costs less than memory of its own.
  const bytes = isShort
    ? short.subarray(0, short.write(encoded, 'base64url'))
    : Buffer.from(encoded, 'base64url');
  if (!isBase64UrlOf(encoded, bytes.length)) return undefined;
  // Most is ASCII, which is taken out several times as fast.
  return isAscii(bytes) ? bytes.toString('latin1') : utf8.decode(bytes);
}

export function sha256Base64Url(text: string): string {
  return hash('sha256', text, 'base64url');
}

export function isProxy(value: object): boolean {
  return types.isProxy(value);
}

export async function generateKey(alg: KeyAlgorithm): Promise<PrivateJwk> {
  const { privateKey } =
    alg === 'Ed25519'
      ? generateKeyPairSync('ed25519')
      : generateKeyPairSync('ec', { namedCurve: 'P-256' });
  return privateKey.export({ format: 'jwk' }) as PrivateJwk;
}

export async function createSign(alg: KeyAlgorithm, jwk: PrivateJwk): Promise<Sign> {
  const key = createPrivateKey({ key: jwk as JsonWebKey, format: 'jwk' });
  return async (data) => plain(sign(digestOf(alg), data, raw(key)));
}

export function createVerify(alg: KeyAlgorithm, jwk: PublicJwk): Verify {
  const key = createPublicKey({ key: jwk as JsonWebKey, format: 'jwk' });
  return async (data, signature) => verify(digestOf(alg), data, raw(key), signature);
}

function digestOf(alg: KeyAlgorithm): 'sha256' | null {
  return alg === 'ES256' ? 'sha256' : null;
}

function raw(key: KeyObject) {
  return { key, dsaEncoding: 'ieee-p1363' as const };
}

/** Requesting a digest as a binary string and copying it costs half of requesting a Buffer. */
function fromBinary(text: string): Uint8Array {
  const bytes = new Uint8Array(text.length);
  for (let index = 0; index < text.length; index += 1) bytes[index] = text.charCodeAt(index);
  return bytes;
}

function view(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** Copies out of Buffer's shared pool; a Buffer's own `slice` would not copy. */
function plain(buffer: Buffer): Uint8Array {
  return new Uint8Array(buffer);
}
