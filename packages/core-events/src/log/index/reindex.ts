import type { NoteVerifier } from '@spanforge/core-signing';
import { type Clock, systemClock } from '../../clock.js';
import type { CounterRows, CounterStore } from '../../counter-port.js';
import { EventsError } from '../../error.js';
import { unknownDerived } from '../checkpoint-store.js';
import {
  type CountedEntry,
  createCountedBook,
  hasRows,
  missingFrom,
  putEntries,
} from '../counted.js';
import { isUnreadable, readingOn } from '../fsck-reads.js';
import { restoreTaken } from '../restore-taken.js';
import type {
  EvidenceStore,
  StoreDerivedRemoval,
  StoredRecord,
  StoreTaken,
  StoreTerms,
  StoreTimes,
} from '../store.js';
import { indexedBytes } from '../terms-of-bytes.js';
import { turn } from '../turn.js';
import type { EvidenceLog } from '../types.js';
import { requireRebuilt } from './index-builder.js';
import { readIndexHead } from './index-head.js';
import { isClosed } from './segment-entries.js';
import { writeTermsFrom } from './terms-from.js';

/** The parts to rebuild. */
export interface ReindexOptions {
  readonly store: EvidenceStore &
    Partial<StoreTerms & StoreTimes & StoreTaken & StoreDerivedRemoval>;
  readonly origin: string;
  /** The log's key; with it the trees that it has signed are rebuilt too. */
  readonly logKey?: NoteVerifier;
  /** With `log`: counters whose unexpired entries are restored from the log's records. */
  readonly counters?: CounterStore & Partial<CounterRows>;
  /** Reads records; without it counters are not restored. */
  readonly log?: Pick<EvidenceLog, 'decode'>;
  /** Decides which counter entries are over; the system's when absent. */
  readonly clock?: Clock;
  readonly onProgress?: (done: number, total: number) => void;
}

/** What was rebuilt. */
export interface Reindexed {
  readonly records: number;
  readonly trees: number;
  /** Indexes of records whose rows cannot be read, ascending; their index entries are left as they are. */
  readonly unreadable: readonly number[];
  /** Signed trees over such records, which were left as they are. */
  readonly treesLeft: number;
  /** Keys of derived values that no log writes, removed where the driver can. */
  readonly removed: readonly string[];
  /** Counter entries that were restored. */
  readonly counted: number;
}

const READ_AT_ONCE = 8192;

function canRestore(
  store: EvidenceStore & Partial<StoreTaken>,
): store is EvidenceStore & StoreTaken {
  return store.replaceTaken !== undefined;
}

async function restoreCounted(
  counters: ReindexOptions['counters'],
  entries: readonly CountedEntry[],
): Promise<number> {
  if (!counters || !hasRows(counters)) return 0;
  const missing: CountedEntry[] = [];
  for await (const entry of missingFrom(counters, entries)) missing.push(entry);
  await putEntries(counters, missing);
  return missing.length;
}

async function removeUnknown(store: ReindexOptions['store']): Promise<readonly string[]> {
  const keys = store.removeDerived ? await unknownDerived(store) : [];
  if (keys.length > 0) await store.removeDerived?.(keys);
  return keys;
}

/** Replaces what consecutive records are found by. */
async function replaceIndex(
  { store }: ReindexOptions,
  records: readonly StoredRecord[],
): Promise<void> {
  const [first] = records;
  if (!first) return;
  if (!store.replaceTerms) {
    throw new EventsError('EVENTS_OPTIONS_INVALID', 'this store cannot replace its index', {
      details: { path: '$.store' },
    });
  }
  const indexed = records.map(({ bytes }) => indexedBytes(bytes));
  const terms = indexed.map((one) => one.terms);
  await store.replaceTerms(first.index, terms);
  const timesMs = Float64Array.from(indexed, (one) => one.timeMs);
  await store.replaceTimes?.(first.index, timesMs);
}

/** The stretches of records that can be read. */
function readableIn(records: readonly StoredRecord[]): readonly (readonly StoredRecord[])[] {
  const stretches: StoredRecord[][] = [[]];
  for (const record of records) {
    if (isUnreadable(record)) stretches.push([]);
    else stretches.at(-1)?.push(record);
  }
  return stretches;
}

/** Rebuilds the trees that the log's key has signed, but for those over records that cannot be read. */
async function rebuildSigned(
  { store, origin, logKey }: ReindexOptions,
  unreadable: readonly number[],
): Promise<{ readonly trees: number; readonly treesLeft: number }> {
  const head = logKey && (await readIndexHead(store, origin, logKey));
  // The next checkpoint rebuilds trees over fewer terms.
  const closed = (head?.terms === 2 ? head.trees : []).filter(isClosed);
  const whole = closed.filter(
    ({ first, end }) => !unreadable.some((index) => index >= first && index < end),
  );
  for (const tree of whole) await requireRebuilt(store, tree);
  return { trees: whole.length, treesLeft: closed.length - whole.length };
}

/**
 * Rebuilds the index of a log from the bytes of its records: terms and time of each record, and the trees that the
 * log's key has signed. It goes on past records whose rows cannot be read, and names them.
 *
 * @throws {EventsError} `EVENTS_OPTIONS_INVALID` when the driver cannot replace its index;
 *   `EVENTS_LOG_FROZEN` when the bytes no longer give the trees that were signed;
 *   `EVENTS_STORE_UNAVAILABLE`.
 */
export async function reindex(options: ReindexOptions): Promise<Reindexed> {
  const { store, counters, log, onProgress, clock = systemClock } = options;
  const book = createCountedBook(clock());
  const reader = readingOn(store);
  const size = await store.size();
  const unreadable: number[] = [];
  let at = 0;
  while (at < size) {
    const records = await reader.read(at, Math.min(READ_AT_ONCE, size - at));
    if (records.length === 0) break;
    for (const stretch of readableIn(records)) await replaceIndex(options, stretch);
    for (const stored of records) {
      if (isUnreadable(stored)) unreadable.push(stored.index);
      else if (log && counters) {
        const decoded = log.decode(stored);
        if (decoded.ok) book.note(decoded.record);
      }
    }
    at += records.length;
    onProgress?.(at, size);
    await turn();
  }
  await writeTermsFrom(store, 0);
  if (canRestore(store)) await restoreTaken(readingOn(store), size);
  const rebuilt = await rebuildSigned(options, unreadable);
  const counted = await restoreCounted(counters, book.live(clock()));
  const removed = await removeUnknown(store);
  return { records: at - unreadable.length, unreadable, ...rebuilt, removed, counted };
}
