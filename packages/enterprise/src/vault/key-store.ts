import type { WrappedKey } from '../kms/kms.js';

/** Whose values a key protects. */
export interface DataSubject {
  readonly tenant: string;
  /** Such as the actor a call was made for. */
  readonly subject: string;
}

/** A subject's data key as it is kept. */
export interface StoredKey extends WrappedKey {
  /** Names the key in what was sealed with it; says nothing about the subject. */
  readonly id: string;
  /** Pseudonym of the subject: a salted digest. */
  readonly holder: string;
}

/**
 * Where wrapped data keys are kept: apart from the evidence store, and backed up apart from it, since a
 * back-up that keeps a destroyed key keeps what was erased.
 */
export interface KeyStore {
  /** A salt of the store's own, made once, 32 bytes. */
  salt(): Promise<Uint8Array>;
  /** The key of a holder, where there is one. */
  findByHolder(holder: string): Promise<StoredKey | undefined>;
  findById(id: string): Promise<StoredKey | undefined>;
  /** Keeps a key durably, unless the holder has one: the one that stands is answered. */
  add(key: StoredKey): Promise<StoredKey>;
  /** Destroys a key durably. One that is not there is no error. */
  destroy(id: string): Promise<void>;
  /** Ids of all keys. */
  list(): AsyncIterable<string>;
}

/** Keeps keys in memory: what was sealed with them is gone with the process. */
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
