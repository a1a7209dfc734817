import type { EvidenceContext, RecordMode } from './context.js';
import type { EvidenceRecord } from './evidence.js';
import type { EvidencePage, EvidenceQuery, EvidenceReader } from './ports.js';

const PAGE = 1000;

/** The conditions on records, without paging. */
export type RecordQuery = Omit<EvidenceQuery, 'cursor' | 'limit' | 'newestFirst'>;

/** The range and direction of reading. */
export interface ReadOptions {
  /** The first index that is read; with `newestFirst`, the index before which reading begins. */
  readonly from?: number;
  /** Only records before this index, such as the size of the log when reading began. */
  readonly end?: number;
  readonly newestFirst?: boolean;
  /** Records per page, 1 to 1000; default 1000. */
  readonly pageSize?: number;
}

/**
 * Reads a query page by page, in log order or newest first, up to the end of the log.
 *
 * @throws what the reader throws.
 */
export async function* eachPage(
  reader: EvidenceReader,
  query: RecordQuery,
  options: ReadOptions = {},
): AsyncGenerator<EvidencePage, void, undefined> {
  const { end = Number.POSITIVE_INFINITY, newestFirst = false, pageSize = PAGE } = options;
  const order = newestFirst ? { newestFirst } : {};
  let cursor = options.from ?? (newestFirst ? undefined : 0);
  for (;;) {
    const at = cursor === undefined ? {} : { cursor };
    const page = await reader.query({ ...query, ...order, ...at, limit: pageSize });
    const inside = page.records.every(({ index }) => index < end);
    yield inside ? page : { ...page, records: page.records.filter(({ index }) => index < end) };
    if (page.next === undefined || (!newestFirst && page.next >= end)) return;
    cursor = page.next;
  }
}

/**
 * Reads every record of a query, page by page.
 *
 * @param options The range; a number is the first index that is read.
 * @throws what the reader throws.
 */
export async function* eachRecord(
  reader: EvidenceReader,
  query: RecordQuery,
  options: ReadOptions | number = {},
): AsyncGenerator<EvidenceRecord, void, undefined> {
  const read = typeof options === 'number' ? { from: options } : options;
  for await (const page of eachPage(reader, query, read)) yield* page.records;
}

/** Collects {@link eachRecord} into an array. @throws what the reader throws. */
export async function readRecords(
  reader: EvidenceReader,
  query: RecordQuery,
  options: ReadOptions = {},
): Promise<readonly EvidenceRecord[]> {
  const records: EvidenceRecord[] = [];
  for await (const record of eachRecord(reader, query, options)) records.push(record);
  return records;
}

/** The place of a record in the log. */
export interface RecordedAt {
  readonly id: string;
  readonly index: number;
  /** RFC 3339, UTC: when it was recorded. */
  readonly time: string;
  readonly mode: RecordMode;
  readonly context: EvidenceContext;
  readonly stateSize?: number;
}

/**
 * Reads every record of one type in log order, with its typed payload.
 *
 * @throws what the reader throws, and a type error for a payload that is not of that type.
 */
export async function readTyped<Body extends object>(
  reader: EvidenceReader,
  type: { readonly key: string; fromWire(body: unknown): Body },
  query: Omit<RecordQuery, 'types'>,
): Promise<readonly (Body & RecordedAt)[]> {
  const records = await readRecords(reader, { ...query, types: [type.key] });
  return records.map(({ id, index, time, mode, context, stateSize, body }) => ({
    ...type.fromWire(body),
    ...{ id, index, time, mode, context },
    ...(stateSize === undefined ? {} : { stateSize }),
  }));
}
