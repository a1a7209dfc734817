import {
  type Disclosure,
  type EvidenceRecord,
  eachRecord,
  readValues,
} from '@spanforge/core-events';
import { matchesDisclosure } from '@spanforge/core-signing';
import type { OperatorLog } from '../log-state.js';
import { commitmentsOf } from './commitments.js';
import { readPrunings, wasPruned } from './prunings.js';

/** A value that a record commits to, and that is gone without a record of its removal. */
export interface MissingValue {
  readonly index: number;
  readonly traceId: string;
  /** The value's name in the record, such as `args`. */
  readonly name: string;
}

/** What is there of the values that records commit to. */
export interface ValueAudit {
  /** Commitments of records; one value may be committed to by several. */
  readonly committed: number;
  /** Removed after their retention, or erased with their key, on record. */
  readonly erased: number;
  readonly missingCount: number;
  /** The first of them. */
  readonly missing: readonly MissingValue[];
}

/** What an audit of values is told. */
export interface ValueAuditOptions {
  /** Only the records of this trace; all when absent. */
  readonly traceId?: string;
  /** Whether the values of the person who acted in a record were erased; assumed not when absent. */
  readonly wasErased?: (record: EvidenceRecord) => Promise<boolean>;
  /** Values that are listed; 1,000 when absent. */
  readonly maxListed?: number;
}

const READ_AT_ONCE = 1024;

async function* allRecords(log: OperatorLog): AsyncGenerator<readonly EvidenceRecord[]> {
  const size = await log.size();
  for (let from = 0; from < size; ) {
    const stored = await log.store.read(from, Math.min(READ_AT_ONCE, size - from));
    // A hole has no end that could be believed: `fsck` says that records are missing from there on.
    if (stored.length === 0) return;
    from += stored.length;
    const decoded = stored.map(log.decode);
    yield decoded.flatMap((one) => (one.ok ? [one.record] : []));
  }
}

async function* recordsOf(
  log: OperatorLog,
  traceId: string,
): AsyncGenerator<readonly EvidenceRecord[]> {
  for await (const record of eachRecord(log, { traceId })) yield [record];
}

async function disclosuresOf(
  log: OperatorLog,
  indexes: readonly number[],
): Promise<readonly Disclosure[]> {
  if (log.disclosuresOf) return (await log.disclosuresOf(indexes)).flat();
  const found: Disclosure[] = [];
  for (const index of indexes) found.push(...(await log.disclosures(index)));
  return found;
}

/** A value that cannot be read counts as missing. */
async function isThere(log: OperatorLog, record: EvidenceRecord, digest: string) {
  return readValues(log, [record]).then(
    (values) => values.has(digest),
    () => false,
  );
}

/**
 * Looks for every value that records commit to: of those that are gone, whether their removal is on record.
 *
 * @throws {EventsError} of the store.
 */
export async function auditValues(
  log: OperatorLog,
  { traceId, wasErased, maxListed = 1000 }: ValueAuditOptions = {},
): Promise<ValueAudit> {
  const prunings = await readPrunings(log);
  const missing: MissingValue[] = [];
  let [committed, erased, missingCount] = [0, 0, 0];
  const note = async (record: EvidenceRecord, name: string, digest: string): Promise<void> => {
    if (await isThere(log, record, digest)) return;
    if (wasPruned(record, prunings) || (await wasErased?.(record))) {
      erased += 1;
      return;
    }
    missingCount += 1;
    if (missing.length < maxListed) {
      missing.push({ index: record.index, traceId: record.context.traceId, name });
    }
  };
  for await (const records of traceId === undefined ? allRecords(log) : recordsOf(log, traceId)) {
    const committing = records.filter((record) => commitmentsOf(record).length > 0);
    const indexes = committing.map(({ index }) => index);
    // One that cannot be read as a whole is looked for value by value.
    const stored = await disclosuresOf(log, indexes).catch(() => []);
    const there = new Set(stored.filter(matchesDisclosure).map(({ digest }) => digest));
    for (const record of committing) {
      for (const [name, digest] of commitmentsOf(record)) {
        committed += 1;
        if (!there.has(digest)) await note(record, name, digest);
      }
    }
  }
  return { committed, erased, missingCount, missing };
}
