import type { EvidenceQuery, EvidenceReader, EvidenceRecord } from '@spanforge/core-events';

const PAGE = 1000;

/** Every record that fits, in log order, a page at a time. */
export async function* eachRecord(
  reader: EvidenceReader,
  query: Omit<EvidenceQuery, 'cursor' | 'limit' | 'newestFirst'>,
  from = 0,
): AsyncGenerator<EvidenceRecord> {
  let cursor: number | undefined = from;
  while (cursor !== undefined) {
    const page = await reader.query({ ...query, cursor, limit: PAGE });
    yield* page.records;
    cursor = page.next;
  }
}

/** The same as a list. */
export async function allRecords(
  reader: EvidenceReader,
  query: Omit<EvidenceQuery, 'cursor' | 'limit' | 'newestFirst'>,
): Promise<readonly EvidenceRecord[]> {
  const found: EvidenceRecord[] = [];
  for await (const record of eachRecord(reader, query)) found.push(record);
  return found;
}
