import type { EvidenceStore, StoreRecord } from './store.js';
import { HASH_BYTES } from './tiles.js';

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
   * time. Their leaves are views, good until the next record is noted.
   */
  from(first: number, end: number): readonly RecentRecord[];
  /** Where the next known records begin, behind `index`; infinity where there are none. */
  nextAfter(index: number): number;
  /** Forgets the records before `end`: the signer has them. */
  forget(end: number): void;
}

/** Records kept for a signer that is late; those before them are read from their bytes. */
const MOST = 65_536;

const NO_TERMS: readonly string[] = Object.freeze([]);

/** Groups are handed out until there are so many records. */
const AT_ONCE = 1024;

/**
 * Each record has its place by its index, in memory that is used again: a signer that lives long would
 * otherwise be handed some thousand new objects a second, which the garbage collector copies twice.
 */
function createRecentRecords(): RecentRecords {
  const leaves = new Uint8Array(MOST * HASH_BYTES);
  const terms: (readonly string[])[] = new Array(MOST);
  /** One more than the index of the record in each place; 0 where there is none. */
  const marks = new Float64Array(MOST);
  /** Records of the group that begins in each place; 0 where none does. */
  const counts = new Uint32Array(MOST);
  let newest = -1;
  let forgotten = 0;
  const leafAt = (place: number): Uint8Array =>
    leaves.subarray(place * HASH_BYTES, (place + 1) * HASH_BYTES);
  /** How many records the group has that begins at an index; 0 where none does, or it gave way. */
  const groupAt = (first: number): number => {
    const count = marks[first % MOST] === first + 1 ? (counts[first % MOST] ?? 0) : 0;
    for (let index = first; index < first + count; index += 1) {
      if (marks[index % MOST] !== index + 1) return 0;
    }
    return count;
  };
  return {
    note(first, records) {
      // The signer may have read them before the store's answer came here.
      if (first < forgotten || records.length > MOST) return;
      for (const [at, record] of records.entries()) {
        const place = (first + at) % MOST;
        leaves.set(record.leaf, place * HASH_BYTES);
        terms[place] = record.terms;
        marks[place] = first + at + 1;
        counts[place] = at === 0 ? records.length : 0;
      }
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
