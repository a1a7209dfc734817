import { bounded } from './bounded.js';
import { blob, type Connection } from './connection.js';
import { rowBefore } from './content.js';
import { decodeMembers, encodeMembers } from './row.js';
import { SEGMENT_RECORDS, segmentOf } from './schema.js';

/** One stored row: where it begins and how many records it has. */
export interface RowExtent {
  readonly first: number;
  readonly count: number;
}

/** The rows that hold some of the records `[from, end)`. */
export function rowsIn(connection: Connection, from: number, end: number): readonly RowExtent[] {
  return connection
    .statement('SELECT first, count FROM batch WHERE first >= ? AND first < ? ORDER BY first')
    .rows(rowBefore(connection, from) ?? 0, end)
    .map(([first, count]) => ({ first: Number(first), count: Number(count) }))
    .filter(({ first, count }) => first + count > from);
}

/** The terms of the records of one segment's rows, by record; what `find` would find. */
function termsOfSegment(connection: Connection, segment: number): Map<number, string[]> {
  const terms = new Map<number, string[]>();
  const rows = connection
    .statement(
      `SELECT term, first, ${bounded('members', "x''")} FROM segment CROSS JOIN posting ON posting.segment = segment.id
       WHERE segment.id = ?`,
    )
    .rows(segment);
  for (const [term, first, members] of rows) {
    for (const position of decodeMembers(blob(members))) {
      const index = Number(first) + position;
      const list = terms.get(index);
      if (list) list.push(String(term));
      else terms.set(index, [String(term)]);
    }
  }
  return terms;
}

/** The terms of consecutive records, as the index has them now. */
export function readTerms(
  connection: Connection,
  first: number,
  count: number,
): readonly (readonly string[])[] {
  const rows = rowsIn(connection, first, first + count);
  const segments = new Map<number, Map<number, string[]>>();
  const found: (readonly string[])[] = [];
  for (const row of rows) {
    const segment = segmentOf(row.first);
    const terms = segments.get(segment) ?? termsOfSegment(connection, segment);
    segments.set(segment, terms);
    const end = Math.min(row.first + row.count, first + count);
    for (let at = Math.max(row.first, first); at < end; at += 1) found.push(terms.get(at) ?? []);
  }
  return found;
}

/** Positions by term of one row, its records inside the range replaced. */
function postingsOfRow(
  connection: Connection,
  row: RowExtent,
  first: number,
  terms: readonly (readonly string[])[],
): Map<string, number[]> {
  const postings = new Map<string, number[]>();
  const add = (term: string, position: number): void => {
    const list = postings.get(term);
    if (list) list.push(position);
    else postings.set(term, [position]);
  };
  const whole = row.first >= first && row.first + row.count <= first + terms.length;
  const kept = whole ? undefined : termsOfSegment(connection, segmentOf(row.first));
  for (let position = 0; position < row.count; position += 1) {
    const index = row.first + position;
    const each = terms[index - first] ?? kept?.get(index) ?? [];
    for (const term of new Set(each)) add(term, position);
  }
  return postings;
}

/** Replaces the terms of consecutive records inside an open write transaction. */
export function replaceTerms(
  connection: Connection,
  first: number,
  terms: readonly (readonly string[])[],
): void {
  const rows = rowsIn(connection, first, first + terms.length);
  const made = rows.map((row) => [row, postingsOfRow(connection, row, first, terms)] as const);
  const segments = new Set(rows.map((row) => segmentOf(row.first)));
  const [from, to] = [rows[0]?.first ?? 0, rows.at(-1)?.first ?? 0];
  for (const segment of segments) {
    connection.statement('INSERT OR IGNORE INTO segment VALUES (?)').run(segment);
    connection
      .statement('DELETE FROM posting WHERE segment = ? AND first >= ? AND first <= ?')
      .run(segment, from, to);
  }
  const post = connection.statement('INSERT OR REPLACE INTO posting VALUES (?, ?, ?, ?)');
  for (const [row, postings] of made) {
    for (const [term, positions] of postings) {
      post.run(segmentOf(row.first), term, row.first, encodeMembers(positions));
    }
  }
  if (lastRow(connection) <= to) dropStrangePostings(connection);
}

function lastRow(connection: Connection): number {
  return Number(connection.statement('SELECT max(first) FROM batch').row()?.[0] ?? 0);
}

/** Removes entries that stand for no row, or in another segment than theirs: replacing those of rows leaves them. */
function dropStrangePostings(connection: Connection): void {
  connection
    .statement(
      `DELETE FROM posting WHERE first NOT IN (SELECT first FROM batch)
       OR segment <> first / ${SEGMENT_RECORDS}`,
    )
    .run();
  connection
    .statement('DELETE FROM segment WHERE id < 0 OR id > ?')
    .run(segmentOf(lastRow(connection)));
}
