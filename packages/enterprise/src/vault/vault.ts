import { createHmac, randomBytes } from 'node:crypto';
import { EnterpriseError } from '../error.js';
import type { Kms } from '../kms/kms.js';
import { openText, sealText } from './cipher.js';
import type { DataSubject, KeyStore } from './key-store.js';
import { contextOf, createOpenKeys, type OpenKey } from './open-keys.js';

/** Options of a vault. */
export interface VaultOptions {
  readonly kms: Kms;
  readonly keys: KeyStore;
  /** Unwrapped keys kept in memory; 1,000 when absent. */
  readonly maxOpenKeys?: number;
  /** Milliseconds for which an unwrapped key is kept; 60,000 when absent. */
  readonly openKeyMs?: number;
  /**
   * Milliseconds for which reading assumes that a wrapped key still exists; 1,000 when absent, 0 to
   * ask the key store for every value. A key that another process destroys is used for at most this
   * time; one that this vault destroys is not used again.
   */
  readonly storedKeyMs?: number;
  /** Milliseconds; `performance.now` when absent. */
  readonly now?: () => number;
}

/** The key of a subject, by its names alone. */
export interface SubjectKey {
  /** Pseudonym of the subject: a digest with the key store's salt. */
  readonly holder: string;
  /** Absent when nothing was sealed for the subject yet, or its key was destroyed. */
  readonly keyId?: string;
}

/** Encrypts texts under a key of their subject, and erases a subject by destroying its key. */
export interface Vault {
  keyOf(subject: DataSubject): Promise<SubjectKey>;
  /** Encrypts a text for a subject. @throws {EnterpriseError} `ENTERPRISE_KMS_UNAVAILABLE`. */
  seal(subject: DataSubject, text: string, bound: string): Promise<string>;
  /**
   * Decrypts a sealed text; `undefined` when the key was destroyed.
   *
   * @throws {EnterpriseError} `ENTERPRISE_KEY_INVALID` when the text or its key was changed,
   *   `ENTERPRISE_KMS_UNAVAILABLE`.
   */
  open(sealed: string, bound: string): Promise<string | undefined>;
  /**
   * Destroys a key. Nothing sealed with it can be read again, here or in a back-up of the evidence.
   */
  destroyKey(id: string): Promise<void>;
  /** The ids among these for which a key exists. */
  existing(ids: readonly string[]): Promise<readonly string[]>;
}

const PREFIX = 'sfv1';
const KEY_BYTES = 32;

/**
 * Creates a vault: envelope encryption with one data key (AES-256) per subject, wrapped by a key
 * management service. Sealed texts are `sfv1.<key id>.<base64url>`.
 */
export function createVault(options: VaultOptions): Vault {
  const { kms, keys, maxOpenKeys = 1000, openKeyMs = 60_000, storedKeyMs = 1000 } = options;
  const now = options.now ?? (() => performance.now());
  const openKeys = createOpenKeys(kms, keys, { maxOpenKeys, openKeyMs, storedKeyMs }, now);
  const sealing = new Map<string, Promise<OpenKey>>();
  let salt: Promise<Uint8Array> | undefined;

  /** The salt is made once and never changes. If reading it fails, it is read again. */
  async function readSalt(): Promise<Uint8Array> {
    salt ??= keys.salt();
    try {
      return await salt;
    } catch (error) {
      salt = undefined;
      throw error;
    }
  }

  async function holderOf({ tenant, subject }: DataSubject): Promise<string> {
    const digest = createHmac('sha256', await readSalt());
    return digest.update(JSON.stringify([tenant, subject])).digest('base64url');
  }

  async function makeKey(holder: string): Promise<OpenKey> {
    const bytes = randomBytes(KEY_BYTES);
    const id = randomBytes(16).toString('base64url');
    const wrapped = await kms.wrap(bytes, contextOf({ id, holder }));
    const standing = await keys.add({ id, holder, ...wrapped });
    return standing.id === id ? openKeys.remember(id, bytes) : openKeys.unwrap(standing);
  }

  async function findOrMake(holder: string): Promise<OpenKey> {
    const standing = await keys.findByHolder(holder);
    return standing === undefined ? makeKey(holder) : openKeys.unwrap(standing);
  }

  /** Checks once for values that are sealed together that their key still exists. */
  async function keyFor(subject: DataSubject): Promise<OpenKey> {
    const holder = await holderOf(subject);
    const waiting = sealing.get(holder);
    if (waiting !== undefined) return waiting;
    const finding = findOrMake(holder).finally(() => sealing.delete(holder));
    sealing.set(holder, finding);
    return finding;
  }

  return {
    async keyOf(subject) {
      const holder = await holderOf(subject);
      const standing = await keys.findByHolder(holder);
      return standing === undefined ? { holder } : { holder, keyId: standing.id };
    },
    async seal(subject, text, bound) {
      const { id, bytes } = await keyFor(subject);
      return `${PREFIX}.${id}.${sealText(bytes, text, `${id}\n${bound}`)}`;
    },
    async open(sealed, bound) {
      const [prefix, id, text, ...others] = sealed.split('.');
      if (prefix !== PREFIX || id === undefined || text === undefined || others.length > 0) {
        throw changedError('a value is not sealed as this vault seals');
      }
      const standing = await openKeys.findStored(id);
      if (standing === undefined) {
        openKeys.forget(id);
        return undefined;
      }
      const opened = openText((await openKeys.unwrap(standing)).bytes, text, `${id}\n${bound}`);
      if (opened === undefined) throw changedError('a sealed value was changed');
      return opened;
    },
    async destroyKey(id) {
      openKeys.forget(id);
      await keys.destroy(id);
    },
    async existing(ids) {
      const found = await Promise.all(ids.map((id) => keys.findById(id)));
      return ids.filter((_, at) => found[at] !== undefined);
    },
  };
}

function changedError(message: string): EnterpriseError {
  return new EnterpriseError('ENTERPRISE_KEY_INVALID', message);
}
