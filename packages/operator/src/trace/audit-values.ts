import {
  type Disclosure,
  type EvidenceRecord,
  eachRecord,
  readValues,
} from '@spanforge/core-events';
import { matchesDisclosure } from '@spanforge/core-signing';
import type { OperatorLog } from '../log-state.js';
import { commitmentsOf } from './commitments.js';
import { type ChunkAudit, eachChunk, type TraceChunk } from './each-chunk.js';
import { type Pruning, readPrunings, wasPruned } from './prunings.js';
import { skipBroken } from './read-trace.js';

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

/** Records whose values are read together. */
const READ_AT_ONCE = 1024;

async function* recordsOf(log: OperatorLog, traceId: string): AsyncGenerator<TraceChunk> {
  // As of all records: one that is broken has no values to look for, and hides no other.
  const reader = skipBroken(log, () => undefined);
  for await (const record of eachRecord(reader, { traceId })) {
    yield { records: [record], unreadable: 0 };
  }
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

/** {@link auditValues} for a log that is read for more than that. */
export function createValueAudit(
  log: OperatorLog,
  { wasErased, maxListed = 1000 }: ValueAuditOptions = {},
): ChunkAudit<ValueAudit> {
  const missing: MissingValue[] = [];
  let [committed, erased, missingCount] = [0, 0, 0];
  let prunings: Promise<readonly Pruning[]> | undefined;
  const wasRemoved = async (record: EvidenceRecord): Promise<boolean> => {
    prunings ??= readPrunings(log);
    return wasPruned(record, await prunings) || (await wasErased?.(record)) === true;
  };
  const note = async (record: EvidenceRecord, name: string, digest: string): Promise<void> => {
    if (await isThere(log, record, digest)) return;
    if (await wasRemoved(record)) {
      erased += 1;
      return;
    }
    missingCount += 1;
    if (missing.length < maxListed) {
      missing.push({ index: record.index, traceId: record.context.traceId, name });
    }
  };
  const look = async (records: readonly EvidenceRecord[]): Promise<void> => {
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
  };
  return {
    async add({ records }) {
      for (let from = 0; from < records.length; from += READ_AT_ONCE) {
        await look(records.slice(from, from + READ_AT_ONCE));
      }
    },
    finish: async () => ({ committed, erased, missingCount, missing }),
  };
}

/**
 * Looks for every value that records commit to: of those that are gone, whether their removal is on record.
 *
 * @throws {EventsError} of the store.
 */
export async function auditValues(
  log: OperatorLog,
  options: ValueAuditOptions = {},
): Promise<ValueAudit> {
  const { traceId } = options;
  const audit = createValueAudit(log, options);
  const chunks = traceId === undefined ? eachChunk(log) : recordsOf(log, traceId);
  for await (const chunk of chunks) await audit.add(chunk);
  return audit.finish();
}
