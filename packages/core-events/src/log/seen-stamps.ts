import type { EvidenceRecord } from '../evidence.js';

/**
 * Remembers at which index each number of a writer was read. A writer gives each number once, so a later record
 * with the same number is a copy. Its HMAC is right, and somebody who can write to the database could put a copy
 * of an old grant behind its withdrawal. Copies have no effect; `fsck` names them.
 */
export interface SeenStamps {
  /** Whether an earlier record has the same number; this record is noted otherwise. */
  isCopy(record: Pick<EvidenceRecord, 'index' | 'writer'>): boolean;
}

/** Starts with nothing read. */
export function createSeenStamps(): SeenStamps {
  const writers = new Map<string, Map<number, number>>();
  return {
    isCopy({ index, writer: { id, boot, n } }) {
      const name = `${boot}\n${id}`;
      const seen = writers.get(name) ?? new Map<number, number>();
      writers.set(name, seen);
      const known = seen.get(n);
      if (known !== undefined && known < index) return true;
      seen.set(n, index);
      return false;
    },
  };
}
