import type { EvidenceStore, StoreRecord } from './store.js';
import { HASH_BYTES } from './tiles.js';

/** The parts of a record that the signer needs. */
export type RecentRecord = Pick<StoreRecord, 'leaf' | 'terms'>;

/**
 * Leaf hashes and terms of the records that this process has just appended, as they were acknowledged. The
 * signer requires that the store holds exactly these records, and need not parse them for their terms.
 */
export interface RecentRecords {
  /** Adds the records that were stored from `first` on, with their leaves one after the other. */
  note(first: number, leaves: Uint8Array, records: readonly Pick<StoreRecord, 'terms'>[]): void;
  /**
   * The known consecutive records from `first` to at most `end`, a few thousand at a time. Their leaves are
   * views, valid until the next record is added.
   */
  from(first: number, end: number): readonly RecentRecord[];
  /** The first known index after `index`; infinity if there is none. */
  nextAfter(index: number): number;
  /** Forgets the records before `end`, which the signer has read. */
  forget(end: number): void;
}

/** Records kept for a slow signer; older ones are read from their bytes. */
const MOST = 65_536;

const NO_TERMS: readonly string[] = Object.freeze([]);

/** Groups are returned until they have this many records. */
const AT_ONCE = 1024;

/**
 * A ring buffer: the place of a record follows from its index, and memory is reused. Otherwise thousands of
 * new objects a second would be made, each of which the garbage collector copies twice.
 */
function createRecentRecords(): RecentRecords {
  const leaves = new Uint8Array(MOST * HASH_BYTES);
  const terms: (readonly string[])[] = new Array(MOST);
  /** For each place: the index of its record plus 1, or 0 if it has none. */
  const marks = new Float64Array(MOST);
  /** For each place: the number of records of the group that begins there, or 0. */
  const counts = new Uint32Array(MOST);
  let newest = -1;
  let forgotten = 0;
  const leafAt = (place: number): Uint8Array =>
    leaves.subarray(place * HASH_BYTES, (place + 1) * HASH_BYTES);
  /** The number of records of the group that begins at an index; 0 if none does, or it was overwritten. */
  const groupAt = (first: number): number => {
    const count = marks[first % MOST] === first + 1 ? (counts[first % MOST] ?? 0) : 0;
    for (let index = first; index < first + count; index += 1) {
      if (marks[index % MOST] !== index + 1) return 0;
    }
    return count;
  };
  return {
    note(first, given, records) {
      // The signer may have read the records before the store's answer arrived here.
      if (first < forgotten || records.length > MOST) return;
      records.forEach((record, at) => {
        const place = (first + at) % MOST;
        terms[place] = record.terms;
        marks[place] = first + at + 1;
        counts[place] = at === 0 ? records.length : 0;
      });
      // The end of the ring may come in the middle.
      const whole = Math.min(records.length, MOST - (first % MOST)) * HASH_BYTES;
      leaves.set(given.subarray(0, whole), (first % MOST) * HASH_BYTES);
      leaves.set(given.subarray(whole), 0);
      newest = Math.max(newest, first + records.length - 1);
    },
    from(first, end) {
      const found: RecentRecord[] = [];
      let next = first;
      for (let count = groupAt(next); count > 0; count = groupAt(next)) {
        if (next + count > end || found.length >= AT_ONCE) break;
        for (let index = next; index < next + count; index += 1) {
          const place = index % MOST;
          found.push({ leaf: leafAt(place), terms: terms[place] ?? NO_TERMS });
        }
        next += count;
      }
      return found;
    },
    nextAfter(index) {
      for (let next = Math.max(index + 1, newest - MOST); next <= newest; next += 1) {
        if (groupAt(next) > 0) return next;
      }
      return Number.POSITIVE_INFINITY;
    },
    forget(end) {
      for (let index = Math.max(forgotten, end - MOST); index < end; index += 1) {
        const place = index % MOST;
        if ((marks[place] ?? 0) > end) continue;
        marks[place] = 0;
        terms[place] = NO_TERMS;
      }
      forgotten = end;
    },
  };
}

/** One for each store that this process signs. */
const known = new WeakMap<EvidenceStore, RecentRecords>();

/** The recent records of a store; undefined when this process does not sign it. */
export function findRecentRecords(store: EvidenceStore): RecentRecords | undefined {
  return known.get(store);
}

/** Called when a signer of a store is created: from now on its log adds what it appends. */
export function keepRecentRecords(store: EvidenceStore): RecentRecords {
  const kept = known.get(store) ?? createRecentRecords();
  known.set(store, kept);
  return kept;
}
