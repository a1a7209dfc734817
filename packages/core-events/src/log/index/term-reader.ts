import { equalBytes, INDEX_SEGMENT, indexSegmentDigest } from '@spanforge/core-signing';
import { EventsError } from '../../error.js';
import type { EvidenceStore, StoredRecord } from '../store.js';
import type { TermBook } from './term-book.js';

/** What reading the records of a term needs. */
export interface TermReaderParts {
  readonly store: EvidenceStore;
  readonly book: TermBook;
}

const READ_AT_ONCE = 512;

/** Types are named; other terms are names that callers gave. */
const nameOf = (term: string): string =>
  term.startsWith('type:') ? term : `a ${term.slice(0, term.indexOf(':'))}`;

/**
 * The records of a term in one closed segment.
 *
 * @throws {EventsError} `EVENTS_INDEX_INCOMPLETE` when they are not exactly those that were signed.
 */
export async function readSignedSegment(
  store: EvidenceStore,
  term: string,
  { segment, digest }: { readonly segment: number; readonly digest: Uint8Array },
): Promise<readonly StoredRecord[]> {
  const from = segment * INDEX_SEGMENT;
  const to = from + INDEX_SEGMENT;
  const found = await store.find({ terms: [term], from, to, limit: INDEX_SEGMENT });
  if (equalBytes(indexSegmentDigest(found), digest)) return found;
  const message = `the index of ${nameOf(term)} lacks records between ${from} and ${to - 1}: run "audit fsck", then "audit reindex"`;
  throw new EventsError('EVENTS_INDEX_INCOMPLETE', message, { details: { term, segment } });
}

/**
 * Every record of a term, in order: in closed segments exactly those that the log's key has signed, after
 * them those that the store's index finds.
 *
 * @throws {EventsError} `EVENTS_INDEX_INCOMPLETE`, `EVENTS_STORE_UNAVAILABLE`.
 */
export async function* readTerm(
  { store, book }: TermReaderParts,
  term: string,
): AsyncGenerator<StoredRecord> {
  const { end, segments } = await book.find(term, await store.size());
  for (const segment of segments) yield* await readSignedSegment(store, term, segment);
  for (let from = end; ; ) {
    const found = await store.find({ terms: [term], from, limit: READ_AT_ONCE });
    yield* found;
    const last = found.at(-1);
    if (found.length < READ_AT_ONCE || !last) return;
    from = last.index + 1;
  }
}
