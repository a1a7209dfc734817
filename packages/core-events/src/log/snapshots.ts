import { canonicalize, equalBytes, fromUtf8, sha256, toHex, utf8 } from '@spanforge/core-signing';
import { EventsError } from '../error.js';
import type { RecordKeys } from './record-keys.js';
import type { EvidenceStore } from './store.js';

/** Stores signed snapshots of states with their log size, so that a forged one is never used. */
export interface SnapshotStore {
  /**
   * The last snapshot under that name; undefined when none verifies or it does not fit the log as it is
   * now.
   */
  load(name: string): Promise<{ readonly size: number; readonly value: unknown } | undefined>;
  /**
   * Replaces the snapshot under that name; the value is read at the call.
   *
   * @throws {SigningError} when the value is not plain data.
   */
  save(name: string, size: number, value: unknown): Promise<void>;
}

const DOMAIN = 'spanforge.snapshot.v1\n';
const TAG_BYTES = 32;

interface Snapshot {
  /** Leaf hash of the last record the value stands for, hex. */
  readonly leaf: string;
  readonly size: number;
  readonly value: unknown;
}

/** A snapshot beyond this is not kept: the state is read from the log then. Drivers read derived values up to 64 MiB. */
const MAX_BYTES = 32 * 1024 * 1024;

/** What a driver says cannot be read is as good as none: the log has it all. */
async function readStored(store: EvidenceStore, name: string): Promise<Uint8Array | undefined> {
  try {
    return await store.getDerived(`snapshot/${name}`);
  } catch (error) {
    if (EventsError.is(error) && error.code === 'EVENTS_STORE_INVALID') return undefined;
    throw error;
  }
}

/** Snapshots in the derived values of a store. Without a record key nothing is stored. */
export function createSnapshotStore(
  store: EvidenceStore,
  keys: RecordKeys,
  origin: string,
): SnapshotStore {
  const tagOf = (name: string, body: Uint8Array): Uint8Array | undefined =>
    keys.sign('system', sha256(`${DOMAIN}${origin}\n${name}\n${fromUtf8(body)}`))?.tag;
  const leafAt = async (size: number): Promise<string> =>
    size === 0 ? '' : toHex(await store.leaves(size - 1, 1));
  return {
    async load(name) {
      const stored = await readStored(store, name);
      if (!keys.signing || !stored || stored.length <= TAG_BYTES) return undefined;
      const body = stored.slice(TAG_BYTES);
      // Bytes that are not text were not written by this code, so they have no valid tag.
      const tag = isUtf8(body) ? tagOf(name, body) : undefined;
      if (!tag || !equalBytes(tag, stored.slice(0, TAG_BYTES))) return undefined;
      const { leaf, size, value } = JSON.parse(fromUtf8(body)) as Snapshot;
      return (await leafAt(size)) === leaf ? { size, value } : undefined;
    },
    async save(name, size, value) {
      if (!keys.signing) return;
      const text = canonicalize(value);
      const leaf = await leafAt(size);
      const body = utf8(`{"leaf":"${leaf}","size":${size},"value":${text}}`);
      const tag = tagOf(name, body);
      if (!tag || body.length > MAX_BYTES) return;
      const bytes = new Uint8Array(TAG_BYTES + body.length);
      bytes.set(tag);
      bytes.set(body, TAG_BYTES);
      await store.putDerived([[`snapshot/${name}`, bytes]]);
    },
  };
}

function isUtf8(bytes: Uint8Array): boolean {
  try {
    fromUtf8(bytes);
    return true;
  } catch {
    return false;
  }
}
