import type { NoteVerifier } from '@spanforge/core-signing';
import { type Clock, systemClock } from '../../clock.js';
import type { CounterRows, CounterStore } from '../../counter-port.js';
import { EventsError } from '../../error.js';
import {
  type CountedEntry,
  createCountedBook,
  hasRows,
  missingFrom,
  putEntries,
} from '../counted.js';
import { restoreTaken } from '../restore-taken.js';
import type { EvidenceStore, StoreTaken, StoreTerms, StoreTimes } from '../store.js';
import { termsOfBytes, timeOfBytes } from '../terms-of-bytes.js';
import { turn } from '../turn.js';
import type { EvidenceLog } from '../types.js';
import { requireRebuilt } from './index-builder.js';
import { readIndexHead } from './index-head.js';
import { isClosed } from './segment-entries.js';
import { writeTermsFrom } from './terms-from.js';

/** The parts to rebuild. */
export interface ReindexOptions {
  readonly store: EvidenceStore & Partial<StoreTerms & StoreTimes & StoreTaken>;
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

/**
 * Rebuilds the index of a log from the bytes of its records: terms and time of each record, and the trees that the
 * log's key has signed.
 *
 * @throws {EventsError} `EVENTS_OPTIONS_INVALID` when the driver cannot replace its index;
 *   `EVENTS_LOG_FROZEN` when the bytes no longer give the trees that were signed;
 *   `EVENTS_STORE_UNAVAILABLE`.
 */
export async function reindex(options: ReindexOptions): Promise<Reindexed> {
  const { store, origin, logKey, counters, log, onProgress, clock = systemClock } = options;
  const book = createCountedBook(clock());
  const size = await store.size();
  let at = 0;
  while (at < size) {
    const records = await store.read(at, Math.min(READ_AT_ONCE, size - at));
    if (records.length === 0) break;
    if (!store.replaceTerms) {
      throw new EventsError('EVENTS_OPTIONS_INVALID', 'this store cannot replace its index', {
        details: { path: '$.store' },
      });
    }
    await store.replaceTerms(
      at,
      records.map(({ bytes }) => termsOfBytes(bytes)),
    );
    await store.replaceTimes?.(
      at,
      Float64Array.from(records, ({ bytes }) => timeOfBytes(bytes)),
    );
    for (const stored of log && counters ? records : []) {
      const decoded = log?.decode(stored);
      if (decoded?.ok) book.note(decoded.record);
    }
    at += records.length;
    onProgress?.(at, size);
    await turn();
  }
  await writeTermsFrom(store, 0);
  if (canRestore(store)) await restoreTaken(store, size);
  const head = logKey && (await readIndexHead(store, origin, logKey));
  // The next checkpoint rebuilds trees over fewer terms.
  const closed = (head?.terms === 2 ? head.trees : []).filter(isClosed);
  for (const tree of closed) await requireRebuilt(store, tree);
  const counted = await restoreCounted(counters, book.live(clock()));
  return { records: at, trees: closed.length, counted };
}
