import { hmac } from '@noble/hashes/hmac.js';
import { sha256 as hashBytes } from '@noble/hashes/sha2.js';
import type { KeyAlgorithm, PrivateJwk, PublicJwk } from '../keys/types.js';
import type { Mac, MacMany, Sign, Verify } from './platform.js';

const HEX = /^(?:[0-9a-f]{2})*$/;
const CHUNK = 0x2000;

export function sha256(data: Uint8Array | string): Uint8Array {
  return hashBytes(typeof data === 'string' ? new TextEncoder().encode(data) : data);
}

export function isSha256(data: Uint8Array, digests: Uint8Array, from: number): boolean {
  return hashBytes(data).every((byte, at) => byte === digests[from + at]);
}

export function createMac(key: Uint8Array): Mac {
  const keyed = hmac.create(hashBytes, key);
  return (data) => keyed.clone().update(data).digest();
}

/** A browser reads few records at a time. */
export function createMacMany(_key: Uint8Array): MacMany {
  return () => undefined;
}

export function subtreeRoot(_leaves: Uint8Array): Uint8Array | undefined {
  return undefined;
}

export function constantTimeEqual(left: Uint8Array, right: Uint8Array): boolean {
  let difference = 0;
  for (let index = 0; index < left.length; index += 1) {
    difference |= (left[index] ?? 0) ^ (right[index] ?? 0);
  }
  return difference === 0;
}

export function encodeHex(bytes: Uint8Array): string {
  let text = '';
  for (const byte of bytes) text += byte.toString(16).padStart(2, '0');
  return text;
}

export function decodeHex(text: string): Uint8Array | undefined {
  if (!HEX.test(text)) return undefined;
  return Uint8Array.from({ length: text.length / 2 }, (_, index) =>
    Number.parseInt(text.slice(2 * index, 2 * index + 2), 16),
  );
}

export function encodeBase64(bytes: Uint8Array): string {
  let binary = '';
  for (let start = 0; start < bytes.length; start += CHUNK) {
    binary += String.fromCharCode(...bytes.subarray(start, start + CHUNK));
  }
  return btoa(binary);
}

export function decodeBase64(text: string): Uint8Array | undefined {
  let binary: string;
  try {
    binary = atob(text);
  } catch {
    return undefined;
  }
  return Uint8Array.from(binary, (character) => character.charCodeAt(0));
}

export function decodeBase64Url(text: string): Uint8Array | undefined {
  return decodeBase64(text.replaceAll('-', '+').replaceAll('_', '/'));
}

export function encodeBase64Url(data: Uint8Array | string): string {
  const bytes = typeof data === 'string' ? new TextEncoder().encode(data) : data;
  return encodeBase64(bytes).replaceAll('+', '-').replaceAll('/', '_').replace(/=+$/, '');
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

export function textOfBase64Url(encoded: string): string | undefined {
  const bytes = decodeBase64Url(encoded);
  return bytes && encodeBase64Url(bytes) === encoded ? utf8.decode(bytes) : undefined;
}

export function sha256Base64Url(text: string): string {
  return encodeBase64Url(sha256(text));
}

/** Browsers cannot detect a proxy. It is then read once, like any other object. */
export function isProxy(_value: object): boolean {
  return false;
}

export async function generateKey(alg: KeyAlgorithm): Promise<PrivateJwk> {
  const pair = await crypto.subtle.generateKey(algorithmOf(alg), true, ['sign', 'verify']);
  if (!('privateKey' in pair)) throw new TypeError('the platform gave no key pair');
  return (await crypto.subtle.exportKey('jwk', pair.privateKey)) as PrivateJwk;
}

export async function createSign(alg: KeyAlgorithm, jwk: PrivateJwk): Promise<Sign> {
  const algorithm = algorithmOf(alg);
  const key = await crypto.subtle.importKey('jwk', { ...jwk }, algorithm, false, ['sign']);
  return async (data) => new Uint8Array(await crypto.subtle.sign(algorithm, key, copy(data)));
}

export function createVerify(alg: KeyAlgorithm, jwk: PublicJwk): Verify {
  const algorithm = algorithmOf(alg);
  const load = once(() => crypto.subtle.importKey('jwk', { ...jwk }, algorithm, false, ['verify']));
  return async (data, signature) => {
    const [dataNow, signatureNow] = [copy(data), copy(signature)];
    return crypto.subtle.verify(algorithm, await load(), signatureNow, dataNow);
  };
}

function algorithmOf(alg: KeyAlgorithm) {
  return alg === 'Ed25519'
    ? { name: 'Ed25519' }
    : { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };
}

/** A copy made at the call, so that later changes to the bytes have no effect. */
function copy(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  return new Uint8Array(bytes);
}

function once<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | undefined;
  return () => {
    made ??= make();
    return made;
  };
}
