import type { WrappedKey } from '../kms/kms.js';

/** The subject whose values a key protects. */
export interface DataSubject {
  readonly tenant: string;
  /** Such as the actor a call was made for. */
  readonly subject: string;
}

/** A subject's data key as stored. */
export interface StoredKey extends WrappedKey {
  /** The id of the key in sealed texts; reveals nothing about the subject. */
  readonly id: string;
  /** Pseudonym of the subject: a salted digest. */
  readonly holder: string;
}

/**
 * Stores wrapped data keys. Store them and their back-ups apart from the evidence, because a
 * back-up with a destroyed key still has the erased data.
 */
export interface KeyStore {
  /** The salt of this store, 32 bytes, made once. */
  salt(): Promise<Uint8Array>;
  /** The key of a holder, if there is one. */
  findByHolder(holder: string): Promise<StoredKey | undefined>;
  findById(id: string): Promise<StoredKey | undefined>;
  /** Stores a key durably unless the holder has one already; returns the stored key. */
  add(key: StoredKey): Promise<StoredKey>;
  /** Destroys a key durably. A missing key is no error. */
  destroy(id: string): Promise<void>;
  /** Ids of all keys. */
  list(): AsyncIterable<string>;
}

/** Keeps keys in memory; values sealed with them are lost when the process ends. */
export function createMemoryKeyStore(
  makeSalt: () => Uint8Array = () => crypto.getRandomValues(new Uint8Array(32)),
): KeyStore {
  const salt = makeSalt();
  const keys = new Map<string, StoredKey>();
  const byHolder = (holder: string) => [...keys.values()].find((key) => key.holder === holder);
  return {
    salt: async () => salt,
    findByHolder: async (holder) => byHolder(holder),
    findById: async (id) => keys.get(id),
    async add(key) {
      const standing = byHolder(key.holder);
      if (standing === undefined) keys.set(key.id, key);
      return standing ?? key;
    },
    async destroy(id) {
      keys.delete(id);
    },
    async *list() {
      yield* [...keys.keys()];
    },
  };
}
