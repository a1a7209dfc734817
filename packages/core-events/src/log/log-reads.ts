import type { EvidenceRecord } from '../evidence.js';
import { type DecodedRecord, requireWhole, typeOfSigned } from './decode.js';
import type { ReadComplete } from './index/complete-reader.js';
import type { TermBook } from './index/term-book.js';
import { readTerm } from './index/term-reader.js';
import { type LogState, requireGoverning } from './log-state.js';
import type { RecordKeys } from './record-keys.js';
import { createSeenStamps } from './seen-stamps.js';
import type { EvidenceStore, StoredRecord } from './store.js';
import { runTerm } from './terms.js';

/** What reading whole types and whole runs needs. */
export interface LogReadParts {
  readonly store: EvidenceStore;
  readonly state: LogState;
  readonly keys: RecordKeys;
  readonly decode: (stored: StoredRecord) => DecodedRecord;
  readonly complete: ReadComplete;
}

/** Every record of some types in a part of the log, copies of records among them. */
export async function* readWithCopies(
  { state, complete }: LogReadParts,
  types: readonly string[],
  from: number,
  to: number,
): AsyncGenerator<EvidenceRecord> {
  requireGoverning(state);
  yield* complete(types, from, to);
}

/** Every record of some types in a part of the log. */
export async function* readOriginals(
  parts: LogReadParts,
  types: readonly string[],
  from: number,
  to: number,
): AsyncGenerator<EvidenceRecord> {
  const stamps = createSeenStamps();
  for await (const record of readWithCopies(parts, types, from, to)) {
    if (!stamps.isCopy(record)) yield record;
  }
}

/** Every record of a run that is of one of the types. */
export async function* readRunRecords(
  { store, state, keys, decode }: LogReadParts,
  book: TermBook,
  run: string,
  types: readonly string[],
): AsyncGenerator<EvidenceRecord> {
  requireGoverning(state);
  const wanted = new Set(types);
  const stamps = createSeenStamps();
  for await (const stored of readTerm({ store, book }, runTerm(run))) {
    const type = typeOfSigned(stored, keys);
    if (type !== undefined && !wanted.has(type)) continue;
    const record = requireWhole(decode(stored));
    if (wanted.has(record.type) && !stamps.isCopy(record)) yield record;
  }
}
