import { EventsError } from '../error.js';
import type { DecodedRecord } from './decode.js';
import type { FsckFinding } from './fsck-report.js';
import { createTakenCheck } from './fsck-taken.js';
import { createTermsCheck } from './fsck-terms.js';
import type { EvidenceStore, StoredRecord } from './store.js';
import { takenBy } from './taken.js';

/** How many of the newest records are compared at least. */
const RECENT_RECORDS = 4096;

const READ_AT_ONCE = 512;

/** A comparison that succeeded is repeated after this time, or later. */
const REPEAT_AFTER_MS = 60_000;

/** A slow comparison is repeated after this many times its duration. */
const REPEAT_SHARE = 100;

/** A failed comparison is repeated after this time, because the index may have been repaired. */
const AGAIN_AFTER_MS = 1000;

/** The parts that the newest part of an index is compared with. */
export interface RecentIndexParts {
  readonly store: EvidenceStore;
  readonly decode: (stored: StoredRecord) => DecodedRecord;
  readonly clock: () => number;
  /** Records below may lack the terms that were added later. */
  readonly termsFrom: number;
  /** Called with each idempotency key that the records name. */
  readonly onKey: (key: string) => void;
  /** Where the signed index of closed segments ends: all records from there on are compared. */
  readonly signedTo?: (size: number) => number | Promise<number>;
}

/** The id of a record; undefined if it cannot be read. */
async function idAt(
  { store, decode }: RecentIndexParts,
  index: number,
): Promise<string | undefined> {
  const [stored] = await store.read(index, 1);
  const decoded = stored && decode(stored);
  return decoded?.ok ? decoded.record.id : undefined;
}

async function requireNone(
  parts: RecentIndexParts,
  [finding]: readonly FsckFinding[],
): Promise<void> {
  if (finding === undefined) return;
  const { index, message } = finding;
  const id = index === undefined ? undefined : await idAt(parts, index);
  const named = id === undefined ? message : `${message} (id ${id})`;
  throw new EventsError(
    'EVENTS_INDEX_INCOMPLETE',
    `${named}: run "audit fsck", then "audit reindex"`,
    { details: { ...(index === undefined ? {} : { index }), ...(id === undefined ? {} : { id }) } },
  );
}

/** Compares index entries, claims and idempotency keys of the newest records with their bytes. */
async function compareRecent(parts: RecentIndexParts): Promise<void> {
  const { store, decode, termsFrom, onKey, signedTo } = parts;
  const terms = createTermsCheck(store, decode, { from: termsFrom, lacking: 0 });
  const taken = createTakenCheck(store);
  const size = await store.size();
  const recent = Math.max(0, size - RECENT_RECORDS);
  const from = signedTo ? Math.min(recent, await signedTo(size)) : recent;
  for (let at = from; at < size; ) {
    const records = await store.read(at, Math.min(READ_AT_ONCE, size - at));
    if (records.length === 0)
      throw new EventsError('EVENTS_STORE_UNAVAILABLE', 'records are missing');
    for (const record of records) {
      terms.note(record, decode(record));
      const used = takenBy(record);
      if (used.key) onKey(used.key.key);
      if (taken.note(used)) await requireNone(parts, await taken.compare());
    }
    at += records.length;
  }
  await requireNone(parts, await terms.compare());
  await requireNone(parts, await taken.compare());
}

/**
 * Requires that the newest records, which the signed index does not cover, can be found by their terms,
 * claims and idempotency keys: the runs in progress when a service starts are read through the index, and a
 * call that was begun is known by its key.
 * Undefined when that was found out less than a minute ago; no call waits for a repetition, what it finds
 * refuses the calls after it.
 */
export function createRecentIndex(parts: RecentIndexParts): () => Promise<void> | undefined {
  let running: Promise<void> | undefined;
  let failed: { readonly error: unknown; readonly atMs: number } | undefined;
  let wholeUntilMs: number | undefined;

  async function run(): Promise<void> {
    const beganMs = parts.clock();
    try {
      await compareRecent(parts);
      failed = undefined;
      const endedMs = parts.clock();
      wholeUntilMs = endedMs + Math.max(REPEAT_AFTER_MS, (endedMs - beganMs) * REPEAT_SHARE);
    } catch (error) {
      wholeUntilMs = undefined;
      failed = { error, atMs: parts.clock() };
      throw error;
    } finally {
      running = undefined;
    }
  }

  return () => {
    if (wholeUntilMs !== undefined && parts.clock() < wholeUntilMs) return undefined;
    if (failed && Math.abs(parts.clock() - failed.atMs) < AGAIN_AFTER_MS) {
      return Promise.reject(failed.error);
    }
    running ??= run();
    if (wholeUntilMs === undefined) return running;
    running.catch(() => undefined);
    return undefined;
  };
}
