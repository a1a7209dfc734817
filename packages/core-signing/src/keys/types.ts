/** The two signature algorithms: Ed25519 (RFC 8032) and ECDSA on P-256 with SHA-256. */
export type KeyAlgorithm = 'Ed25519' | 'ES256';

/** The use of a key; one key has one role. */
export type KeyRole = 'log' | 'package' | 'root' | 'record' | 'witness';

/** The required members of a public JSON Web Key (RFC 7517, RFC 8037), and nothing else. */
export type PublicJwk =
  | { readonly kty: 'OKP'; readonly crv: 'Ed25519'; readonly x: string }
  | { readonly kty: 'EC'; readonly crv: 'P-256'; readonly x: string; readonly y: string };

/** A `PublicJwk` with its private member. */
export type PrivateJwk = PublicJwk & { readonly d: string };

/** Limits to the signatures of a key, as sizes of the log. */
export interface KeyLimits {
  /** The size of the log when the key was retired; signatures over larger sizes do not count. */
  readonly retiredSize?: number | undefined;
  /** Set for a revoked key: signatures over larger sizes do not count. */
  readonly lastGoodSize?: number | undefined;
}

/** A public key: verifies, and can be handed to anybody. */
export interface VerificationKey extends KeyLimits {
  /** RFC 7638 thumbprint. */
  readonly kid: string;
  readonly alg: KeyAlgorithm;
  readonly role?: KeyRole;
  /** The log whose key it is, where its JWK names one. */
  readonly origin?: string;
  /** 32 bytes for Ed25519, the 65-byte uncompressed point for ES256. */
  readonly publicKey: Uint8Array;
  readonly publicJwk: PublicJwk;
  /** True if `signature` (64 raw bytes) is this key's over `bytes`; false for malformed input. */
  verify(bytes: Uint8Array, signature: Uint8Array): Promise<boolean>;
}

/**
 * A private key that signs. Its secret is in no property, so printing or serialising does not
 * reveal it.
 */
export interface SigningKey {
  /** RFC 7638 thumbprint. */
  readonly kid: string;
  readonly alg: KeyAlgorithm;
  readonly role: KeyRole;
  readonly publicJwk: PublicJwk;
  /** 64 raw bytes: an Ed25519 signature, or `r || s` (IEEE P1363) for ES256. */
  sign(bytes: Uint8Array): Promise<Uint8Array>;
  /** The only access to the secret, for storing the key. */
  exportPrivateJwk(): PrivateJwk;
}
