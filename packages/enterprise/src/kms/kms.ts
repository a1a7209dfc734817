/** The context of a wrapped key; unwrapping needs the same context. */
export type KeyContext = Readonly<Record<string, string>>;

/** A data key as it may be stored. */
export interface WrappedKey {
  /** The key of the service that wrapped it. */
  readonly keyId: string;
  /** Opaque, printable ASCII. */
  readonly wrapped: string;
}

/** A signature by the service. */
export interface KmsSignature {
  readonly keyId: string;
  readonly signature: Uint8Array;
}

/**
 * The port to a key management service: keys that wrap data keys never leave it.
 *
 * Every method may reject with {@link EnterpriseError} `ENTERPRISE_KMS_UNAVAILABLE`.
 */
export interface Kms {
  /** Encrypts a data key under the service's current key, bound to the context. */
  wrap(dataKey: Uint8Array, context: KeyContext): Promise<WrappedKey>;
  /**
   * Decrypts a data key.
   *
   * @throws {EnterpriseError} `ENTERPRISE_KEY_INVALID` for a key that was changed or belongs to
   *   another context, `ENTERPRISE_KMS_KEY_RETIRED` when the wrapping key is gone.
   */
  unwrap(key: WrappedKey, context: KeyContext): Promise<Uint8Array>;
  /** Signs a message with the service's signing key. */
  sign(message: Uint8Array): Promise<KmsSignature>;
  /** Destroys a wrapping key for good; what it wrapped can never be read again. */
  retire(keyId: string): Promise<void>;
}
