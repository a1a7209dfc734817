import type { KeyContext, Kms } from '../kms/kms.js';
import type { KeyStore, StoredKey } from './key-store.js';

/** A data key, unwrapped. */
export interface OpenKey {
  readonly id: string;
  readonly bytes: Uint8Array;
  readonly untilMs: number;
}

/** The data keys of a vault: in its key store, and for a while unwrapped in memory. */
export interface OpenKeys {
  /** The key in the store, possibly as it was a moment ago. */
  findStored(id: string): Promise<StoredKey | undefined>;
  /** Keeps an unwrapped key. The oldest one is forgotten where there are too many. */
  remember(id: string, bytes: Uint8Array): OpenKey;
  /** The unwrapped form of a stored key. @throws as {@link Kms.unwrap}. */
  unwrap(key: StoredKey): Promise<OpenKey>;
  /** Overwrites a key in memory with zeros, and asks the store again before it is used again. */
  forget(id: string): void;
}

/** How many keys are kept in memory and for how long; see the options of a vault. */
export interface OpenKeysLimits {
  readonly maxOpenKeys: number;
  readonly openKeyMs: number;
  readonly storedKeyMs: number;
}

/** The context that a data key is wrapped for: it unwraps for no other holder. */
export function contextOf({ id, holder }: Pick<StoredKey, 'id' | 'holder'>): KeyContext {
  return { purpose: 'spanforge.disclosure.v1', id, holder };
}

/** @param now Milliseconds of a monotonic clock. */
export function createOpenKeys(
  kms: Kms,
  keys: KeyStore,
  { maxOpenKeys, openKeyMs, storedKeyMs }: OpenKeysLimits,
  now: () => number,
): OpenKeys {
  const open = new Map<string, OpenKey>();
  const stored = new Map<string, { readonly key: StoredKey; readonly untilMs: number }>();

  function close(id: string): void {
    open.get(id)?.bytes.fill(0);
    open.delete(id);
  }

  function forget(id: string): void {
    close(id);
    stored.delete(id);
  }

  function remember(id: string, bytes: Uint8Array): OpenKey {
    const oldest = open.keys().next().value;
    if (open.size >= maxOpenKeys && oldest !== undefined) forget(oldest);
    const key = { id, bytes, untilMs: now() + openKeyMs };
    open.set(id, key);
    return key;
  }

  return {
    remember,
    forget,
    async findStored(id) {
      const known = stored.get(id);
      if (known !== undefined && known.untilMs > now()) return known.key;
      stored.delete(id);
      const key = await keys.findById(id);
      if (key === undefined || storedKeyMs <= 0) return key;
      const oldest = stored.keys().next().value;
      if (stored.size >= maxOpenKeys && oldest !== undefined) stored.delete(oldest);
      stored.set(id, { key, untilMs: now() + storedKeyMs });
      return key;
    },
    async unwrap(key) {
      const known = open.get(key.id);
      if (known !== undefined && known.untilMs > now()) return known;
      close(key.id);
      return remember(key.id, await kms.unwrap(key, contextOf(key)));
    },
  };
}
