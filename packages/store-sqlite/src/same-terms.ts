import type { TermColumns } from '@spanforge/core-events/log';
import { blob, type Connection } from './connection.js';
import { rowBefore } from './content.js';
import { startOf } from './row.js';
import { firstOf, segmentOf } from './schema.js';
import type { SqlValue } from './sql.js';
import { type RowExtent, rowsIn } from './terms.js';

/** The entries of rows in one segment of the index, sorted as they are stored, each column in one piece. */
interface Entries {
  readonly terms: Uint8Array;
  readonly firsts: Uint8Array;
  readonly lengths: Uint8Array;
  readonly members: Uint8Array;
}

/** SQLite joins no more than a gigabyte; a segment of this size has long been an odd one. */
const MOST_BYTES = 64 * 1024 * 1024;

/** No term has a NUL in it. */
const BETWEEN_TERMS = '\0';
const BETWEEN_NUMBERS = ',';

const isPlain = (text: string): boolean => !/[\ud800-\uffff]/.test(text);

/** Sorts terms as SQLite does: by their UTF-8, which differs from JavaScript's order beyond U+D7FF. */
function sorted(terms: readonly string[], ids: number[]): number[] {
  const named = ids.map((id) => [terms[id] ?? '', id] as const);
  const byUnit = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0);
  const byByte = (a: string, b: string) => Buffer.compare(Buffer.from(a), Buffer.from(b));
  const compare = named.every(([term]) => isPlain(term)) ? byUnit : byByte;
  return named.sort(([a], [b]) => compare(a, b)).map(([, id]) => id);
}

/** The records that have each term, one list after the other. */
interface Lists {
  /** The terms that occur. */
  readonly ids: number[];
  /** By term, where its list begins. */
  readonly starts: Uint32Array;
  /** Distances from the first record, ascending in each list. */
  readonly places: Uint32Array;
}

function listsOf({ terms, ids, ends }: TermColumns, from: number, to: number): Lists {
  const starts = new Uint32Array(terms.length + 1);
  const [begin, end] = [startOf(ends, from), startOf(ends, to)];
  for (let at = begin; at < end; at += 1) {
    const next = (ids[at] ?? 0) + 1;
    starts[next] = (starts[next] ?? 0) + 1;
  }
  const found: number[] = [];
  for (let id = 0; id < terms.length; id += 1) {
    const count = starts[id + 1] ?? 0;
    if (count > 0) found.push(id);
    starts[id + 1] = (starts[id] ?? 0) + count;
  }
  const fill = starts.slice();
  const places = new Uint32Array(end - begin);
  for (let record = from, at = begin; record < to; record += 1) {
    for (const stop = ends[record] ?? 0; at < stop; at += 1) {
      const id = ids[at] ?? 0;
      const place = fill[id] ?? 0;
      places[place] = record;
      fill[id] = place + 1;
    }
  }
  return { ids: found, starts, places };
}

/** What the index of some rows should hold, from the terms of their records. */
function entriesOf(expected: TermColumns, rows: readonly RowExtent[]): Entries {
  const { first, terms } = expected;
  const last = rows.at(-1);
  const from = (rows[0]?.first ?? first) - first;
  const to = last ? last.first + last.count - first : from;
  const { ids, starts, places } = listsOf(expected, from, to);
  /** By record, counted from `from`: its row. */
  const rowOf = new Uint16Array(to - from);
  rows.forEach((row, at) => {
    rowOf.fill(at, row.first - first - from, row.first - first - from + row.count);
  });
  const members = new Uint8Array(places.length * 2);
  const [names, firsts, lengths]: [string[], number[], number[]] = [[], [], []];
  let used = 0;
  for (const id of sorted(terms, ids)) {
    let row = -1;
    let entry = used;
    for (let at = starts[id] ?? 0; at < (starts[id + 1] ?? 0); at += 1) {
      const record = places[at] ?? 0;
      if (rowOf[record - from] !== row) {
        if (row >= 0) lengths.push(used - entry);
        row = rowOf[record - from] ?? 0;
        entry = used;
        names.push(terms[id] ?? '');
        firsts.push(rows[row]?.first ?? 0);
      }
      const position = record + first - (rows[row]?.first ?? 0);
      members[used] = position & 0xff;
      members[used + 1] = position >> 8;
      used += 2;
    }
    if (row >= 0) lengths.push(used - entry);
  }
  return {
    terms: Buffer.from(names.join(BETWEEN_TERMS)),
    firsts: Buffer.from(firsts.join(BETWEEN_NUMBERS)),
    lengths: Buffer.from(lengths.join(BETWEEN_NUMBERS)),
    members,
  };
}

/** Which entries of a segment stand for some rows: `[from, to)`, without an end where nothing may be beyond. */
function rangeOf(connection: Connection, rows: readonly RowExtent[]): readonly [number, number] {
  const [row, last] = [rows[0], rows.at(-1)];
  if (!row || !last) return [0, 0];
  const segment = segmentOf(row.first);
  const before = row.first === 0 ? undefined : rowBefore(connection, row.first - 1);
  const isFirst = before === undefined || segmentOf(before) < segment;
  const end = last.first + last.count;
  const isLast = end >= firstOf(segment + 1);
  return [isFirst ? Number.MIN_SAFE_INTEGER : row.first, isLast ? Number.MAX_SAFE_INTEGER : end];
}

const JOINED = [
  'CAST(group_concat(term, char(0)) AS BLOB)',
  "CAST(group_concat(first, ',') AS BLOB)",
  "CAST(group_concat(length(members), ',') AS BLOB)",
  "CAST(group_concat(members, '') AS BLOB)",
].join(', ');
const OF_ROWS = 'FROM posting WHERE segment = ? AND first >= ? AND first < ?';

const isSame = (stored: SqlValue | undefined, expected: Uint8Array): boolean =>
  Buffer.compare(blob(stored), expected) === 0;

/** SQLite reads all entries of the rows and joins them: fetching each costs ten times as much. */
function haveEntries(
  connection: Connection,
  expected: TermColumns,
  rows: readonly RowExtent[],
): boolean {
  const segment = segmentOf(rows[0]?.first ?? 0);
  const [from, to] = rangeOf(connection, rows);
  const entries = entriesOf(expected, rows);
  const { terms, firsts, lengths, members } = entries;
  const size = connection
    .statement(`SELECT count(*), total(length(CAST(term AS BLOB)) + length(members)) ${OF_ROWS}`)
    .row(segment, from, to);
  const separators = Math.max(Number(size?.[0]) - 1, 0);
  const bytes = terms.length + members.length;
  if (bytes > MOST_BYTES || Number(size?.[1]) + separators !== bytes) return false;
  if (!connection.statement('SELECT 1 FROM segment WHERE id = ?').row(segment)) return false;
  const joined = connection.statement(`SELECT ${JOINED} ${OF_ROWS}`).row(segment, from, to);
  return [terms, firsts, lengths, members].every((column, at) => isSame(joined?.[at], column));
}

/**
 * Whether the index has exactly these terms of these records. Compares the entries with what would be written,
 * byte by byte: whatever is wrong with the structure of an entry is found with it.
 */
export function hasTerms(connection: Connection, expected: TermColumns): boolean {
  const { first, ends } = expected;
  const rows = rowsIn(connection, first, first + ends.length);
  let next = first;
  const segments = new Map<number, RowExtent[]>();
  for (const row of rows) {
    if (row.first !== next || row.count < 1) return false;
    next += row.count;
    const segment = segments.get(segmentOf(row.first));
    if (segment) segment.push(row);
    else segments.set(segmentOf(row.first), [row]);
  }
  if (next !== first + ends.length) return false;
  return [...segments.values()].every((some) => haveEntries(connection, expected, some));
}
