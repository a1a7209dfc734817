import {
  type EvidenceReader,
  type EvidenceRecord,
  type RecordQuery,
  readRecords,
} from '@spanforge/core-events';
import { lineageV1 } from '@spanforge/core-events/records';
import { LineageError } from './error.js';
import type { LineageRecord } from './types.js';

/** Reads a record of the log as a step. */
export function toLineageRecord(record: EvidenceRecord): LineageRecord {
  const { subjects: _, ...body } = lineageV1.fromWire(record.body);
  const { id, index, time, context } = record;
  return {
    ...body,
    parents: body.parents ?? [],
    propagation: body.propagation ?? [],
    ...{ recordId: id, index, time, context },
  } as LineageRecord;
}

/**
 * The steps a query finds, in log order.
 *
 * @throws {LineageError} `LINEAGE_EVIDENCE_UNAVAILABLE`.
 */
export async function readSteps(
  reader: EvidenceReader,
  query: Pick<RecordQuery, 'tenant' | 'project' | 'traceId' | 'subject'>,
): Promise<readonly LineageRecord[]> {
  try {
    const records = await readRecords(reader, { ...query, types: [lineageV1.key] });
    return records.filter(({ mode }) => mode === 'live').map(toLineageRecord);
  } catch (cause) {
    throw new LineageError('LINEAGE_EVIDENCE_UNAVAILABLE', 'the log cannot be read', { cause });
  }
}
