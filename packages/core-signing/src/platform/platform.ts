import type { KeyAlgorithm, PrivateJwk, PublicJwk } from '../keys/types.js';

/** Computes one HMAC; the key is inside. */
export type Mac = (data: Uint8Array) => Uint8Array;

/** Signs bytes; the private key is inside. */
export type Sign = (data: Uint8Array) => Promise<Uint8Array>;

/** Verifies a 64-byte raw signature; the public key is inside. */
export type Verify = (data: Uint8Array, signature: Uint8Array) => Promise<boolean>;

/** What differs between Node and browsers; `#platform` resolves to one of the two. */
export interface Platform {
  sha256(data: Uint8Array | string): Uint8Array;
  /** Whether `digest` is the SHA-256 of the bytes; neither is a secret. */
  isSha256(data: Uint8Array, digest: Uint8Array): boolean;
  createMac(key: Uint8Array): Mac;
  constantTimeEqual(left: Uint8Array, right: Uint8Array): boolean;
  encodeHex(bytes: Uint8Array): string;
  decodeHex(text: string): Uint8Array | undefined;
  encodeBase64(bytes: Uint8Array): string;
  decodeBase64(text: string): Uint8Array | undefined;
  /** Leniently: the caller compares with what the encoder would have written. */
  decodeBase64Url(text: string): Uint8Array | undefined;
  /** URL-safe base64 without padding, of bytes or of the UTF-8 of a well-formed text. */
  encodeBase64Url(data: Uint8Array | string): string;
  /** SHA-256 of ASCII text as URL-safe base64. */
  sha256Base64Url(text: string): string;
  isProxy(value: object): boolean;
  generateKey(alg: KeyAlgorithm): Promise<PrivateJwk>;
  createSign(alg: KeyAlgorithm, jwk: PrivateJwk): Promise<Sign>;
  createVerify(alg: KeyAlgorithm, jwk: PublicJwk): Verify;
}
