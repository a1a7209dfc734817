import type { EvidenceQuery, EvidenceReader, EvidenceRecord } from '@spanforge/core-events';
import { lineageV1 } from '@spanforge/core-events/records';
import { LineageError } from './error.js';
import type { LineageRecord } from './types.js';

const PAGE = 1000;

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
 * The steps a query finds, in log order, page after page.
 *
 * @throws {LineageError} `LINEAGE_EVIDENCE_UNAVAILABLE`.
 */
export async function readRecords(
  reader: EvidenceReader,
  query: Pick<EvidenceQuery, 'tenant' | 'traceId' | 'subject'>,
): Promise<readonly LineageRecord[]> {
  const found: LineageRecord[] = [];
  let cursor: number | undefined = 0;
  try {
    while (cursor !== undefined) {
      const page = await reader.query({ ...query, types: [lineageV1.key], cursor, limit: PAGE });
      found.push(...page.records.filter(({ mode }) => mode === 'live').map(toLineageRecord));
      cursor = page.next;
    }
  } catch (cause) {
    throw new LineageError('LINEAGE_EVIDENCE_UNAVAILABLE', 'the log cannot be read', { cause });
  }
  return found;
}
