import type { EvidenceRecord } from '../evidence.js';

/**
 * Knows where a writer's numbers were read. A writer gives each number once: a later record with it is a copy,
 * authentic by its HMAC, with which whoever can write to the database would undo a withdrawal by the old grant.
 * Copies have no effect; `fsck` names them.
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
