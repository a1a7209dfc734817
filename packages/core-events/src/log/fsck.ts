import type { Disclosure } from '@spanforge/core-signing';
import {
  createFrontier,
  type Frontier,
  leafHash,
  matchesDisclosure,
  type NoteVerifier,
  openDisclosure,
  toHex,
} from '@spanforge/core-signing';
import { type Clock, systemClock } from '../clock.js';
import { EventsError } from '../error.js';
import type { EvidenceRecord } from '../evidence.js';
import type { CounterRows, CounterStore } from '../ports.js';
import { auditGapV1 } from '../records/audit-gap-v1.js';
import { readClaims } from './fsck-claims.js';
import { createCountedCheck } from './fsck-counted.js';
import { type FsckFinding, type FsckReport, fault } from './fsck-report.js';
import { createTakenCheck } from './fsck-taken.js';
import { createTermsCheck, type EarlierTerms, type TermsCheck } from './fsck-terms.js';
import type { HighWaterMarkKeeper } from './high-water-mark.js';
import { LATEST_INDEX_HEAD, readIndexHead } from './index/index-head.js';
import { readTermsFrom } from './index/terms-from.js';
import { createProver } from './prover.js';
import { createRecordTimes } from './record-times.js';
import type { RecordNames } from './skim/scan-record.js';
import type {
  EvidenceStore,
  StoreDisclosure,
  StoredRecord,
  StoreInspection,
  StoreManyDisclosures,
} from './store.js';
import { takenBy, takenIn } from './taken.js';
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
const LEAF_BYTES = 32;

function disclosureFault(record: EvidenceRecord, disclosure: Disclosure): string | undefined {
  const { values } = record.body;
  const committed = (typeof values === 'object' && values !== null ? values : {}) as Readonly<
    Record<string, unknown>
  >;
  const { name, digest } = disclosure;
  if (committed[name] === digest && matchesDisclosure(disclosure)) return undefined;
  try {
    const opened = openDisclosure(disclosure.encoded);
    const named = Object.hasOwn(committed, opened.name) ? committed[opened.name] : undefined;
    if (opened.digest === digest && named === digest) return undefined;
    return `the disclosure of ${JSON.stringify(opened.name)} is not what the record commits to`;
  } catch {
    return 'a disclosure cannot be read';
  }
}

type FsckStore = EvidenceStore & Partial<StoreManyDisclosures>;

const isInvalid = (error: unknown): error is EventsError =>
  EventsError.is(error) && error.code === 'EVENTS_STORE_INVALID';

/** The disclosures of one record. Those that the store reports as changed become findings; the check goes on. */
async function readDisclosuresOf(
  store: FsckStore,
  index: number,
  findings: FsckFinding[],
): Promise<readonly StoreDisclosure[]> {
  try {
    return await store.disclosures(index);
  } catch (error) {
    if (!isInvalid(error)) throw error;
    const { file } = error.details;
    const where = typeof file === 'string' ? ` in the file ${file}` : '';
    findings.push(
      fault('disclosure_mismatch', `a disclosure${where} is not what was stored`, index),
    );
    return [];
  }
}

/** The disclosures of consecutive records, read together if the driver can. */
async function readDisclosures(
  store: FsckStore,
  first: number,
  count: number,
  findings: FsckFinding[],
): Promise<readonly (readonly StoreDisclosure[])[]> {
  const indexes = Array.from({ length: count }, (_, at) => first + at);
  try {
    if (store.disclosuresOf) return await store.disclosuresOf(indexes);
  } catch (error) {
    if (!isInvalid(error)) throw error;
  }
  return Promise.all(indexes.map((index) => readDisclosuresOf(store, index, findings)));
}

function earlierFindings({ lacking }: EarlierTerms): readonly FsckFinding[] {
  if (lacking === 0) return [];
  const message = `${lacking} records are not found by agent, actor, tool and rule: run "audit reindex"`;
  return [{ severity: 'warning', code: 'terms_earlier', message }];
}

/** True if the names of a record are enough. Gaps and counted entries are in the body, which has to be parsed. */
const isEnough = ({ type, counted }: RecordNames): boolean => type !== auditGapV1.key && !counted;

/** Checks one record, and the disclosures that the store keeps with it. */
function createRecordCheck(
  log: EvidenceLog,
  terms: TermsCheck,
  findings: FsckFinding[],
  note: (
    record: { readonly index: number; readonly time: string | number },
    decoded?: EvidenceRecord,
  ) => void,
) {
  const numbers = createWriterNumbers();
  /** Checks a record by its names alone, which is enough for nearly all. */
  const skimmed = (
    stored: StoredRecord,
    index: number,
    names: RecordNames,
    disclosures: readonly StoreDisclosure[],
  ) => {
    const isDue = terms.noteNames(stored.index, names);
    const taken = takenIn(stored.index, names.append);
    numbers.noteNumber(
      { id: names.writerId, boot: names.boot, n: names.n },
      stored.index,
      findings,
    );
    note({ index: stored.index, time: names.timeMs });
    const isCommitted = (one: StoreDisclosure): boolean =>
      names.commits(one.name, one.digest) && matchesDisclosure(one);
    if (!disclosures.every(isCommitted)) {
      const decoded = log.decode(stored);
      if (decoded.ok) checkDisclosures(decoded.record, index, disclosures);
    }
    return { isDue, taken };
  };
  const checkDisclosures = (
    record: EvidenceRecord,
    index: number,
    disclosures: readonly StoreDisclosure[],
  ): void => {
    for (const disclosure of disclosures) {
      const message = disclosureFault(record, disclosure);
      if (message) findings.push(fault('disclosure_mismatch', message, index));
    }
  };
  return {
    numbers,
    /** Checks the record; returns the claim and key it names, and whether to compare terms. */
    check(stored: StoredRecord, index: number, disclosures: readonly StoreDisclosure[]) {
      if (stored.index !== index) {
        const message = `index ${stored.index} stands where ${index} belongs`;
        findings.push(fault('index_mismatch', message, index));
      }
      const names = log.skim?.(stored);
      if (names && isEnough(names)) return skimmed(stored, index, names, disclosures);
      const decoded = log.decode(stored);
      const isDue = terms.note(stored, decoded);
      if (!decoded.ok) {
        findings.push(fault(decoded.fault, `record ${index}: ${decoded.fault}`, index));
        return { isDue, taken: takenBy(stored) };
      }
      const { record } = decoded;
      numbers.note(record, findings);
      note(record, record);
      checkDisclosures(record, index, disclosures);
      return { isDue, taken: takenIn(record.index, record.append) };
    },
  };
}

/** Odd times that are named; further ones are only counted, because with two different clocks every record may have one. */
const NAMED_TIMES = 100;

/** Collects records that are dated far outside their neighbours. */
function createTimesCheck(nowMs: number) {
  const times = createRecordTimes(nowMs);
  const named: FsckFinding[] = [];
  let more = 0;
  const warn = (message: string, index?: number): FsckFinding => ({
    ...{ severity: 'warning', code: 'time_out_of_place', message },
    ...(index === undefined ? {} : { index }),
  });
  return {
    note(record: { readonly index: number; readonly time: string | number }): void {
      const message = times.note(record);
      if (message === undefined) return;
      if (named.length < NAMED_TIMES) named.push(warn(message, record.index));
      else more += 1;
    },
    finish: (): readonly FsckFinding[] =>
      more === 0 ? named : [...named, warn(`${more} more records are dated out of place`)],
  };
}

/** How many records to read next, by the size of those read last. */
function nextChunk(records: readonly StoredRecord[]): number {
  const bytes = records.reduce((sum, one) => sum + one.bytes.length, 0);
  const fitting = Math.floor((CHUNK_BYTES * records.length) / Math.max(bytes, 1));
  return Math.min(CHUNK.most, Math.max(CHUNK.first, fitting));
}

/** The stored leaf: the tree is over stored leaves, and `leaf_mismatch` reports those that do not fit their bytes. */
function leafOf({ leaf, bytes }: StoredRecord): Uint8Array {
  return leaf.length === LEAF_BYTES ? leaf : leafHash(bytes);
}

async function checkTiles(
  store: EvidenceStore,
  { size, root }: Frontier,
): Promise<readonly FsckFinding[]> {
  if ((await store.listDerived('tile/')).length === 0) return [];
  const proven = await createProver(store)
    .root(size)
    .catch((error: unknown) => {
      // An unavailable store proves nothing about its tiles.
      if (EventsError.is(error) && error.code === 'EVENTS_STORE_UNAVAILABLE') throw error;
      return undefined;
    });
  if (proven && toHex(proven) === toHex(root())) return [];
  const message = 'the stored tiles do not lead to the root: proofs made from them will not verify';
  return [{ severity: 'warning', code: 'tile_mismatch', message }];
}

/** Checks the signed head of the index; without it completeness cannot be proven until it is signed again. */
async function readHead({ log: { store, origin }, logKey }: FsckOptions) {
  if (!logKey || !(await store.getDerived(LATEST_INDEX_HEAD))) return undefined;
  return { head: await readIndexHead(store, origin, logKey) };
}

function checkHead(
  found: Awaited<ReturnType<typeof readHead>>,
  size: number,
): readonly FsckFinding[] {
  if (!found) return [];
  const { head } = found;
  if (!head) {
    const message = "the head of the index cannot be read or is not signed by the log's key";
    return [{ severity: 'warning', code: 'index_head_unreadable', message }];
  }
  if (head.size <= size) return [];
  const message = `the index of ${head.size} records was signed; the log has ${size}`;
  return [fault('checkpoint_beyond_log', message, head.size)];
}

async function inspect(store: EvidenceStore): Promise<readonly FsckFinding[]> {
  const messages = await (store as Partial<StoreInspection>).inspect?.();
  return (messages ?? []).map((message) => fault('store_structure', message));
}

/**
 * Reads a whole log and checks everything that can be checked without the signer: bytes against
 * leaves and HMACs, roots against every released checkpoint and the mark, writer numbers,
 * disclosures, every index entry, claim, idempotency key and counter against the bytes it follows from,
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
  const { store, origin } = log;
  // Read claims before the size: the log only grows, so everything signed by now must be in it.
  const claims = await readClaims({ ...options, store, origin });
  const indexHead = await readHead(options);
  const total = await log.size();
  const frontier = createFrontier();
  const findings: FsckFinding[] = [...claims.findings];
  const earlier: EarlierTerms = { from: (await readTermsFrom(store)) ?? total, lacking: 0 };
  const taken = createTakenCheck(store);
  const clock = options.clock ?? systemClock;
  const counted = createCountedCheck(options.counters, clock);
  const times = createTimesCheck(clock());
  const terms = createTermsCheck(store, log.decode, earlier);
  const { check, numbers } = createRecordCheck(log, terms, findings, (record, decoded) => {
    if (decoded) counted.note(decoded);
    times.note(record);
  });
  const compareClaims = async (): Promise<void> => {
    while (claims.due() === frontier.size) {
      findings.push(...(await claims.compare(toHex(frontier.root()))));
    }
  };
  await compareClaims();
  let chunk: number = CHUNK.first;
  while (frontier.size < total) {
    const first = frontier.size;
    const records = await store.read(first, Math.min(chunk, total - first));
    if (records.length === 0) {
      findings.push(fault('records_missing', 'records are missing from here on', first));
      break;
    }
    const disclosures = await readDisclosures(store, first, records.length, findings);
    for (const stored of records) {
      const index = frontier.size;
      const checked = check(stored, index, disclosures[index - first] ?? []);
      if (taken.note(checked.taken)) findings.push(...(await taken.compare()));
      if (checked.isDue) findings.push(...(await terms.compare()));
      frontier.append(leafOf(stored));
      if (claims.due() <= frontier.size) await compareClaims();
    }
    chunk = nextChunk(records);
    onProgress?.(frontier.size, total);
    await turn();
  }
  findings.push(...(await terms.compare()));
  findings.push(...times.finish(), ...numbers.holes(), ...claims.beyond(frontier.size));
  findings.push(...earlierFindings(earlier), ...(await taken.finish(earlier.from, frontier.size)));
  findings.push(...(await counted.finish()));
  findings.push(...(await checkTiles(store, frontier)), ...(await inspect(store)));
  findings.push(...checkHead(indexHead, total));
  const root = toHex(frontier.root());
  return { size: total, root, checkpoints: claims.checkpoints, findings };
}
