import { EventsError } from '../error.js';
import type { EvidenceStore, StoredRecord } from './store.js';
import { HASH_BYTES } from './tiles.js';

/** A row that was changed so that it cannot be read. The rows beside it can. */
const isDamage = (error: unknown): boolean =>
  EventsError.is(error) && error.code === 'EVENTS_STORE_INVALID';

/** What stands for a record that cannot be read: every record has a byte at least. */
export const isUnreadable = ({ bytes }: Pick<StoredRecord, 'bytes'>): boolean => bytes.length === 0;

/**
 * The store, in which a record that cannot be read is one without bytes, so that a check goes on behind it. Its leaf is
 * the stored one where that can be read, so the roots of later checkpoints can still be compared.
 */
export function readingOn<Store extends EvidenceStore>(store: Store): Store {
  async function readOne(index: number): Promise<readonly StoredRecord[]> {
    try {
      return await store.read(index, 1);
    } catch (error) {
      if (!isDamage(error)) throw error;
      const leaf = await store.leaves(index, 1).catch(() => new Uint8Array(0));
      const isLeaf = leaf.length === HASH_BYTES;
      return [
        { index, bytes: new Uint8Array(0), leaf: isLeaf ? leaf : new Uint8Array(HASH_BYTES) },
      ];
    }
  }

  async function read(first: number, count: number): Promise<readonly StoredRecord[]> {
    try {
      return await store.read(first, count);
    } catch (error) {
      if (!isDamage(error)) throw error;
    }
    const records: StoredRecord[] = [];
    for (let at = first; at < first + count; at += 1) {
      const [record] = await readOne(at);
      if (!record) break;
      records.push(record);
    }
    return records;
  }

  return new Proxy(store, {
    get: (target, name) => {
      if (name === 'read') return read;
      const value: unknown = Reflect.get(target, name);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
}
