import type { EvidenceQuery, EvidenceReader, EvidenceRecord } from '@spanforge/core-events';
import { OperatorError } from '../error.js';
import { readSelection } from '../trace/read-trace.js';
import type { ExportParts } from './export-options.js';

/** A package holds all that its query finds, so that a part of it cannot be left out. */
async function requireShown(
  reader: EvidenceReader,
  query: EvidenceQuery,
  records: readonly EvidenceRecord[],
  maxRecords: number,
): Promise<void> {
  const shown = await readSelection(reader, query, maxRecords);
  const seen = new Set(shown.records.map(({ index }) => index));
  if (records.every(({ index }) => seen.has(index))) return;
  throw new OperatorError(
    'OPERATOR_SELECTION_FOREIGN',
    'the query also finds records of another tenant or project: name the tenant and project in it',
  );
}

/**
 * Reads the selection, and refuses to hand out evidence that is not whole.
 *
 * @throws {OperatorError} `OPERATOR_SELECTION_FOREIGN`, `OPERATOR_EVIDENCE_BROKEN`.
 */
export async function readWhole(
  { log, selectFrom, maxRecords }: ExportParts,
  query: EvidenceQuery,
): Promise<readonly EvidenceRecord[]> {
  const { records, broken } = await readSelection(log, query, maxRecords);
  const [first] = broken;
  if (!first) {
    if (selectFrom !== log) await requireShown(selectFrom, query, records, maxRecords);
    return records;
  }
  throw new OperatorError('OPERATOR_EVIDENCE_BROKEN', `record ${first.index}: ${first.reason}`, {
    details: { ...first },
  });
}
