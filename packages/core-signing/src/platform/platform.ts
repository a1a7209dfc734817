import type { KeyAlgorithm, PrivateJwk, PublicJwk } from '../keys/types.js';

/** Computes an HMAC with a key that it holds. */
export type Mac = (data: Uint8Array) => Uint8Array;

/**
 * HMACs of hashes of 32 bytes that stand one after the other, each behind the same text; only to be compared with
 * others. Undefined where each has to be computed by {@link Mac}.
 */
export type MacMany = (before: Uint8Array, hashes: Uint8Array) => Uint8Array | undefined;

/** Signs bytes with a private key that it holds. */
export type Sign = (data: Uint8Array) => Promise<Uint8Array>;

/** Verifies a 64-byte raw signature with a public key that it holds. */
export type Verify = (data: Uint8Array, signature: Uint8Array) => Promise<boolean>;

/** What differs between Node and browsers; `#platform` resolves to one of the two. */
export interface Platform {
  sha256(data: Uint8Array | string): Uint8Array;
  /** True if the SHA-256 of the bytes stands at a place among digests. Not constant time: neither is a secret. */
  isSha256(data: Uint8Array, digests: Uint8Array, from: number): boolean;
  createMac(key: Uint8Array): Mac;
  /** Of a key of at most 64 bytes. */
  createMacMany(key: Uint8Array): MacMany;
  /**
   * The root over leaf hashes that stand one after the other, 2, 4, 8 or more of them; only to be compared with
   * another. Undefined where each inner hash has to be computed.
   */
  subtreeRoot(leaves: Uint8Array): Uint8Array | undefined;
  constantTimeEqual(left: Uint8Array, right: Uint8Array): boolean;
  encodeHex(bytes: Uint8Array): string;
  decodeHex(text: string): Uint8Array | undefined;
  encodeBase64(bytes: Uint8Array): string;
  decodeBase64(text: string): Uint8Array | undefined;
  /** Decodes leniently: the caller compares the result with the encoder's output. */
  decodeBase64Url(text: string): Uint8Array | undefined;
  /** URL-safe base64 without padding, of bytes or of the UTF-8 of a well-formed text. */
  encodeBase64Url(data: Uint8Array | string): string;
  /**
   * The text that the encoder gives this for; undefined if it gives it for none. Throws for bytes that
   * are not UTF-8.
   */
  textOfBase64Url(encoded: string): string | undefined;
  /** SHA-256 of ASCII text as URL-safe base64. */
  sha256Base64Url(text: string): string;
  isProxy(value: object): boolean;
  generateKey(alg: KeyAlgorithm): Promise<PrivateJwk>;
  createSign(alg: KeyAlgorithm, jwk: PrivateJwk): Promise<Sign>;
  createVerify(alg: KeyAlgorithm, jwk: PublicJwk): Verify;
}
