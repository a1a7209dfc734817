import type { EvidenceRecord } from './evidence.js';
import type { EvidenceQuery, EvidenceReader } from './ports.js';

const PAGE = 1000;

/** What records are asked for, however many they are. */
export type RecordQuery = Omit<EvidenceQuery, 'cursor' | 'limit' | 'newestFirst'>;

/**
 * Reads every record of a query, page after page, in log order, up to where the log ends by then.
 *
 * @param from The first index that is looked at.
 * @throws what the reader throws.
 */
export async function* eachRecord(
  reader: EvidenceReader,
  query: RecordQuery,
  from = 0,
): AsyncGenerator<EvidenceRecord, void, undefined> {
  let cursor: number | undefined = from;
  while (cursor !== undefined) {
    const page = await reader.query({ ...query, cursor, limit: PAGE });
    yield* page.records;
    cursor = page.next;
  }
}

/** {@link eachRecord}, gathered. @throws what the reader throws. */
export async function readRecords(
  reader: EvidenceReader,
  query: RecordQuery,
): Promise<readonly EvidenceRecord[]> {
  const records: EvidenceRecord[] = [];
  for await (const record of eachRecord(reader, query)) records.push(record);
  return records;
}
