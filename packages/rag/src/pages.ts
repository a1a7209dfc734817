import type { EvidenceQuery, EvidenceReader, EvidenceRecord } from '@spanforge/core-events';

const PAGE = 1000;

/** All records of a query, page after page, in log order. */
export async function readAll(
  reader: EvidenceReader,
  query: EvidenceQuery,
): Promise<readonly EvidenceRecord[]> {
  const records: EvidenceRecord[] = [];
  let cursor: number | undefined = 0;
  while (cursor !== undefined) {
    const page = await reader.query({ ...query, cursor, limit: PAGE });
    records.push(...page.records);
    cursor = page.next;
  }
  return records;
}
