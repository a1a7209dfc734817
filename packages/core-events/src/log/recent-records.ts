import type { EvidenceStore, StoreRecord } from './store.js';

/** What the signer needs to know of a record that this process appended. */
export type RecentRecord = Pick<StoreRecord, 'leaf' | 'terms'>;

/**
 * Leaf hashes and terms of the records that this process has just appended, as they were acknowledged. Its
 * signer requires that the store holds exactly these, and need not parse them for their terms.
 */
export interface RecentRecords {
  /** Notes what was stored from `first` on. */
  note(first: number, records: readonly StoreRecord[]): void;
  /**
   * The known records that follow one another from `first` on and end at `end` or before; some thousand at a
   * time.
   */
  from(first: number, end: number): readonly RecentRecord[];
  /** Where the next known records begin, behind `index`; infinity where there are none. */
  nextAfter(index: number): number;
  /** Forgets the records before `end`: the signer has them. */
  forget(end: number): void;
}

/** Records kept for a signer that is late; those before them are read from their bytes. */
const MOST = 65_536;

/** Groups are handed out until there are so many records. */
const AT_ONCE = 1024;

function createRecentRecords(): RecentRecords {
  const groups = new Map<number, readonly RecentRecord[]>();
  let size = 0;
  let forgotten = 0;
  const remove = (first: number): void => {
    size -= groups.get(first)?.length ?? 0;
    groups.delete(first);
  };
  return {
    note(first, records) {
      // The signer may have read them before the store's answer came here.
      if (first < forgotten) return;
      groups.set(
        first,
        records.map(({ leaf, terms }) => ({ leaf, terms })),
      );
      size += records.length;
      for (const oldest of groups.keys()) {
        if (size <= MOST) return;
        remove(oldest);
      }
    },
    from(first, end) {
      const found: RecentRecord[] = [];
      let next = first;
      for (let group = groups.get(next); group; group = groups.get(next)) {
        if (next + group.length > end || found.length >= AT_ONCE) break;
        for (const record of group) found.push(record);
        next += group.length;
      }
      return found;
    },
    nextAfter(index) {
      for (const first of groups.keys()) if (first > index) return first;
      return Number.POSITIVE_INFINITY;
    },
    forget(end) {
      forgotten = end;
      for (const first of groups.keys()) {
        if (first >= end) return;
        remove(first);
      }
    },
  };
}

/** One for each store that this process signs; none is kept for other stores. */
const known = new WeakMap<EvidenceStore, RecentRecords>();

/** The recent records of a store; undefined when this process does not sign it. */
export function findRecentRecords(store: EvidenceStore): RecentRecords | undefined {
  return known.get(store);
}

/** For the signer of a store: from now on its log notes what it appends. */
export function keepRecentRecords(store: EvidenceStore): RecentRecords {
  const kept = known.get(store) ?? createRecentRecords();
  known.set(store, kept);
  return kept;
}
