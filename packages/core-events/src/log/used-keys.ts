import { EventsError } from '../error.js';
import type { RunKeys } from './index/run-keys.js';
import type { SealedGroup } from './prepare.js';
import { createRecentNames } from './recent-names.js';
import type { EvidenceStore, StoreTaken } from './store.js';

/** The idempotency keys that are known as used. */
export interface UsedKeys {
  add(key: string): void;
  /** Whether a key is known as used: from memory, or because a record below the signed size names it. */
  knows(group: SealedGroup, key: string, size: number): boolean | Promise<boolean>;
  /**
   * A key known as used must still be in the store, or the store would let it be used again.
   *
   * @throws {EventsError} `EVENTS_INDEX_INCOMPLETE`.
   */
  requireStored(key: string): Promise<void>;
}

/** Idempotency keys remembered: those used by this process, and by the newest records at its start. */
const RECENT_KEYS = 16_384;

/** Creates the memory of one log's used keys. */
export function createUsedKeys(store: EvidenceStore, runKeys: RunKeys | undefined): UsedKeys {
  const recent = createRecentNames(RECENT_KEYS);
  return {
    add: recent.add,
    knows({ records }, key, size) {
      if (recent.has(key)) return true;
      const run = records[0]?.terms.find((term) => term.startsWith('run:'));
      return (run !== undefined && runKeys?.isUsed(run, key, size)) || false;
    },
    async requireStored(key) {
      const { findTaken } = store as Partial<StoreTaken>;
      if (!findTaken || (await findTaken([], [key])).keys[0]) return;
      const message = 'a used idempotency key is gone: run "audit fsck", then "audit reindex"';
      throw new EventsError('EVENTS_INDEX_INCOMPLETE', message);
    },
  };
}
