import { createFrontier, leafHash, type NoteVerifier, toHex } from '@spanforge/core-signing';
import { type Clock, systemClock } from '../clock.js';
import type { CounterRows, CounterStore } from '../counter-port.js';
import { readClaims } from './fsck-claims.js';
import { createCountedCheck } from './fsck-counted.js';
import { readDisclosures } from './fsck-disclosures.js';
import { createFiledTimesCheck } from './fsck-filed-times.js';
import { readingOn } from './fsck-reads.js';
import { checkInRow, checkRecord, moreFaults, type RecordCheckParts } from './fsck-records.js';
import { type FsckFinding, type FsckReport, fault } from './fsck-report.js';
import { createTakenCheck } from './fsck-taken.js';
import { createTermsCheck, type EarlierTerms } from './fsck-terms.js';
import { createTimesCheck } from './fsck-times.js';
import { checkHead, checkTiles, readHead } from './fsck-tree.js';
import type { HighWaterMarkKeeper } from './high-water-mark.js';
import { readTermsFrom } from './index/terms-from.js';
import type { LogGuard } from './log-guard.js';
import type {
  EvidenceStore,
  StoreDisclosure,
  StoredRecord,
  StoredRow,
  StoreInspection,
} from './store.js';
import { rowsFrom } from './stored-rows.js';
import type { Taken } from './taken.js';
import { HASH_BYTES } from './tiles.js';
import { turn } from './turn.js';
import type { EvidenceLog } from './types.js';
import { createWriterNumbers } from './writer-numbers.js';

/** Options of a full check of a log. */
export interface FsckOptions {
  readonly log: EvidenceLog;
  /** The signer's mark, which no store can change. */
  readonly mark?: HighWaterMarkKeeper;
  /**
   * The log's key, from outside the store: released checkpoints must be signed by it. Without it,
   * checkpoints are compared with the log but their signatures are not checked.
   */
  readonly logKey?: NoteVerifier;
  /** The log's counters, to be compared with what records say was counted; not compared when absent. */
  readonly counters?: CounterStore & Partial<CounterRows>;
  /** Decides which counter entries are over, and which records are dated in the future; the system's when absent. */
  readonly clock?: Clock;
  /** Keys that signed earlier checkpoints of this log. */
  readonly earlierLogKeys?: readonly NoteVerifier[];
  /** Called after every few hundred records. */
  readonly onProgress?: (done: number, total: number) => void;
}

/** Records in the first read, and at most. Stored rows have some hundred records, and a read should cut few rows. */
const CHUNK = { first: 512, most: 2048 } as const;
/** The intended size of a read in bytes. */
const CHUNK_BYTES = 2 * 1024 * 1024;

/** Findings that say themselves why no service governs with the log. */
const REFUSED: ReadonlySet<FsckFinding['code']> = new Set([
  ...(['log_frozen', 'mark_missing', 'mark_mismatch', 'mark_rolled_back'] as const),
]);

type Disclosures = readonly (readonly StoreDisclosure[])[];

function earlierFindings({ lacking }: EarlierTerms): readonly FsckFinding[] {
  if (lacking === 0) return [];
  const message = `${lacking} records are not found by agent, actor, tool and rule: run "audit reindex"`;
  return [{ severity: 'warning', code: 'terms_earlier', message }];
}

/** No service governs with a log that its guard refuses, however whole its records are. */
function refusalFindings(
  { guard }: EvidenceLog & { readonly guard?: LogGuard },
  found: readonly FsckFinding[],
): readonly FsckFinding[] {
  const refusal = guard?.refusal();
  const told = found.some(({ severity, code }) => severity === 'error' && REFUSED.has(code));
  return refusal && !told ? [fault('log_refused', `governs nothing: ${refusal.message}`)] : [];
}

/** How many records to read next, by the number and size of those read last. */
function nextChunk(count: number, read: readonly { readonly bytes: Uint8Array }[]): number {
  const bytes = read.reduce((sum, one) => sum + one.bytes.length, 0);
  const fitting = Math.floor((CHUNK_BYTES * count) / Math.max(bytes, 1));
  return Math.min(CHUNK.most, Math.max(CHUNK.first, fitting));
}

/** The stored leaf: the tree is over stored leaves, and `leaf_mismatch` reports those that do not fit their bytes. */
function leafOf({ leaf, bytes }: StoredRecord): Uint8Array {
  return leaf.length === HASH_BYTES ? leaf : leafHash(bytes);
}

async function inspect(store: EvidenceStore, comparedTo: number): Promise<readonly FsckFinding[]> {
  const messages = await (store as Partial<StoreInspection>).inspect?.(comparedTo);
  return (messages ?? []).map((message) => fault('store_structure', message));
}

/**
 * Reads a whole log and checks everything that can be checked without the signer: bytes against
 * leaves and HMACs, roots against every released checkpoint and the mark, writer numbers,
 * disclosures, every index entry, time, claim, idempotency key and counter against the bytes it follows from,
 * and the store's own structures. Changes nothing.
 *
 * Memory does not grow with the log, apart from findings and the keys of its checkpoints. Records
 * that are appended meanwhile are left for the next time.
 *
 * @throws {EventsError} `EVENTS_STORE_UNAVAILABLE` when the store cannot be read: what could not be
 *   examined is never reported as whole.
 */
export async function fsck(options: FsckOptions): Promise<FsckReport> {
  const { log, onProgress } = options;
  const { origin } = log;
  const store = readingOn(log.store);
  // Read claims before the size: the log only grows, so everything signed by now must be in it.
  const claims = await readClaims({ ...options, store, origin });
  const indexHead = await readHead(log, options.logKey);
  const total = await log.size();
  const frontier = createFrontier(undefined, 'compare');
  const findings: FsckFinding[] = [...claims.findings];
  // One by one: there may be more of them than a call takes arguments.
  const add = (more: readonly FsckFinding[]): void => {
    for (const finding of more) findings.push(finding);
  };
  const earlier: EarlierTerms = { from: (await readTermsFrom(store)) ?? total, lacking: 0 };
  const taken = createTakenCheck(store);
  const clock = options.clock ?? systemClock;
  const counted = createCountedCheck(options.counters, clock);
  const times = createTimesCheck(clock());
  const filedTimes = createFiledTimesCheck(store);
  const terms = createTermsCheck(store, log.decode, earlier);
  const numbers = createWriterNumbers();
  const note: RecordCheckParts['note'] = (record, decoded) => {
    if (decoded) counted.note(decoded);
    times.note(record);
    filedTimes.note(record);
  };
  const faults: RecordCheckParts['faults'] = new Map();
  const checking = { log, terms, findings, faults, numbers, note };
  const compareClaims = async (): Promise<void> => {
    while (claims.due() === frontier.size) {
      add(await claims.compare(toHex(frontier.root())));
    }
  };
  const take = async (named: Taken): Promise<void> => {
    if (taken.note(named)) add(await taken.compare());
  };
  const disclosuresFrom = (first: number, count: number) =>
    readDisclosures(store, first, count, findings);

  /** Leaves are added to the tree where a checkpoint is compared, and at the end of the row. */
  async function checkRow(row: StoredRow, disclosures: Disclosures): Promise<void> {
    let due = claims.due();
    for (let at = 0, from = 0; at < row.count; at += 1) {
      const named = checkInRow(checking, row, at, disclosures[at] ?? []);
      if (named.claim || named.key) await take(named);
      const size = row.first + at + 1;
      if (size !== due && at + 1 < row.count) continue;
      frontier.extend(row.leaves.subarray(from * HASH_BYTES, (at + 1) * HASH_BYTES));
      from = at + 1;
      if (due > size) continue;
      await compareClaims();
      due = claims.due();
    }
    if (terms.isDue()) add(await terms.compare());
  }

  async function checkRead(records: readonly StoredRecord[]): Promise<void> {
    const disclosures = await disclosuresFrom(frontier.size, records.length);
    for (const [at, stored] of records.entries()) {
      await take(checkRecord(checking, stored, frontier.size, disclosures[at] ?? []));
      if (terms.isDue()) add(await terms.compare());
      frontier.append(leafOf(stored));
      if (claims.due() <= frontier.size) await compareClaims();
    }
  }

  await compareClaims();
  let chunk: number = CHUNK.first;
  while (frontier.size < total) {
    const first = frontier.size;
    const count = Math.min(chunk, total - first);
    const rows = log.skimRow ? await rowsFrom(store, first, count, total) : [];
    const records = rows.length > 0 ? [] : await store.read(first, count);
    if (rows.length + records.length === 0) {
      findings.push(fault('records_missing', 'records are missing from here on', first));
      break;
    }
    if (records.length > 0) await checkRead(records);
    for (const row of rows) await checkRow(row, await disclosuresFrom(row.first, row.count));
    add(await filedTimes.compare(first, frontier.size));
    chunk = nextChunk(frontier.size - first, rows.length > 0 ? rows : records);
    onProgress?.(frontier.size, total);
    await turn();
  }
  add(moreFaults(faults));
  add(await terms.compare());
  for (const more of [times.finish(), numbers.holes(), claims.beyond(frontier.size)]) add(more);
  add(earlierFindings(earlier));
  add(await taken.finish(earlier.from, frontier.size));
  add(await counted.finish());
  add(await checkTiles(store, frontier));
  add(await inspect(store, terms.comparedTo()));
  add(checkHead(indexHead, total));
  add(refusalFindings(log, findings));
  const root = toHex(frontier.root());
  return { size: total, root, checkpoints: claims.checkpoints, findings };
}
