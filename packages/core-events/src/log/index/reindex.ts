import { INDEX_SEGMENT, type NoteVerifier } from '@spanforge/core-signing';
import { EventsError } from '../../error.js';
import { restoreTaken } from '../restore-taken.js';
import type { EvidenceStore, StoreTaken, StoreTerms } from '../store.js';
import { termsOfBytes } from '../terms-of-bytes.js';
import { turn } from '../turn.js';
import { requireRebuilt } from './index-builder.js';
import { readIndexHead } from './index-head.js';
import { writeTermsFrom } from './terms-from.js';

/** What is made anew. */
export interface ReindexOptions {
  readonly store: EvidenceStore & Partial<StoreTerms & StoreTaken>;
  readonly origin: string;
  /** The log's key: the trees it has signed are made anew as well. */
  readonly logKey?: NoteVerifier;
  readonly onProgress?: (done: number, total: number) => void;
}

/** What was made anew. */
export interface Reindexed {
  readonly records: number;
  readonly trees: number;
}

const READ_AT_ONCE = 8192;

function canRestore(
  store: EvidenceStore & Partial<StoreTaken>,
): store is EvidenceStore & StoreTaken {
  return store.replaceTaken !== undefined;
}

/**
 * Makes the index of a log anew from the bytes of its records: what each can be found by, and the
 * trees that the log's key has signed.
 *
 * @throws {EventsError} `EVENTS_OPTIONS_INVALID` when the driver cannot replace its index;
 *   `EVENTS_LOG_FROZEN` when the bytes no longer give the trees that were signed;
 *   `EVENTS_STORE_UNAVAILABLE`.
 */
export async function reindex(options: ReindexOptions): Promise<Reindexed> {
  const { store, origin, logKey, onProgress } = options;
  const size = await store.size();
  for (let at = 0; at < size; ) {
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
    at += records.length;
    onProgress?.(at, size);
    await turn();
  }
  await writeTermsFrom(store, 0);
  if (canRestore(store)) await restoreTaken(store, size);
  const head = logKey && (await readIndexHead(store, origin, logKey));
  // Trees over fewer terms are made anew by the next checkpoint.
  const closed = (head?.terms === 2 ? head.trees : []).filter(
    ({ first, end }) => (end - first) % INDEX_SEGMENT === 0,
  );
  for (const tree of closed) await requireRebuilt(store, tree);
  return { records: size, trees: closed.length };
}
