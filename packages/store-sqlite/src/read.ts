import type {
  StoreDisclosure,
  StoredLease,
  StoredRecord,
  StoredRow,
} from '@spanforge/core-events/log';
import { bounded } from './bounded.js';
import { blob, type Connection } from './connection.js';
import {
  CONTENT_COLUMNS,
  damagedRow,
  ROW_COLUMNS,
  readContent,
  rowBefore,
  toContent,
  toRow,
} from './content.js';
import { readPack, unpack } from './disclosures.js';
import { invalid } from './failure.js';

/** Rows fetched at a time, so that a long read does not hold everything twice. */
const ROWS_AT_ONCE = 64;

/**
 * Up to `count` records from `first` on. Those of a row that was asked for as a whole share its
 * memory; the others are copies that share another, so that what is kept is never much more than what was asked for.
 */
export function readRecords(
  connection: Connection,
  first: number,
  count: number,
): readonly StoredRecord[] {
  const end = first + count;
  const records: StoredRecord[] = [];
  const statement = connection.statement(
    `SELECT ${CONTENT_COLUMNS} FROM content WHERE first >= ? AND first < ? ORDER BY first LIMIT ?`,
  );
  let at = rowBefore(connection, first) ?? 0;
  const few = fewOf(connection, at, first, count);
  if (few) return few;
  while (at < end) {
    const rows = statement.rows(at, end, ROWS_AT_ONCE);
    for (const content of rows.map((row) => toContent(row))) {
      const from = Math.max(0, first - content.first);
      const to = Math.min(content.count, end - content.first);
      const positions = Array.from({ length: to - from }, (_, at) => from + at);
      const isWhole = positions.length === content.count;
      const read = isWhole ? positions.map(content.viewAt) : content.copies(positions);
      for (const record of read) records.push(record);
      at = content.first + content.count;
    }
    if (rows.length < ROWS_AT_ONCE) break;
  }
  return records;
}

/** The rows that begin at `first` and behind it, as far as they are whole. */
export function readRows(
  connection: Connection,
  first: number,
  count: number,
): readonly StoredRow[] {
  const statement = connection.statement(
    `SELECT ${ROW_COLUMNS} FROM content WHERE first >= ? AND first < ? ORDER BY first`,
  );
  const rows: StoredRow[] = [];
  let next = first;
  for (const row of statement.rows(first, first + count)) {
    const columns = toRow(row);
    if (columns?.first !== next) break;
    rows.push(columns);
    next += columns.count;
  }
  return rows;
}

/** So many records are read together with their row. */
const FEW = 64;

/** A few records that lie in one row, without the bytes of its others. */
function fewOf(
  connection: Connection,
  row: number,
  first: number,
  count: number,
): readonly StoredRecord[] | undefined {
  const content = count <= FEW ? readContent(connection, row) : undefined;
  if (!content || first + count > content.first + content.count) return undefined;
  return content.copies(Array.from({ length: count }, (_, at) => first - row + at));
}

/** The leaf hashes of the same records, one after another. */
export function readLeaves(connection: Connection, first: number, count: number): Uint8Array {
  const end = first + count;
  const rows = connection
    .statement(
      `SELECT first, ${bounded('leaves', 'NULL')} FROM content WHERE first >= ? AND first < ? ORDER BY first`,
    )
    .rows(rowBefore(connection, first) ?? 0, end);
  const parts = rows.map(([rowFirst, leaves]) => {
    const offset = Number(rowFirst);
    if (leaves === null) throw damagedRow(offset);
    const from = Math.max(0, first - offset) * 32;
    return blob(leaves).subarray(from, Math.max(from, (end - offset) * 32));
  });
  const joined = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let length = 0;
  for (const part of parts) {
    joined.set(part, length);
    length += part.length;
  }
  return joined;
}

/**
 * The disclosures of records that still exist; the indexes ascend. A stored row is read and parsed once
 * for all its records.
 */
export function readDisclosures(
  connection: Connection,
  indexes: readonly number[],
  path: string,
): readonly (readonly StoreDisclosure[])[] {
  const found: (readonly StoreDisclosure[])[] = [];
  const rowAt = connection.statement(
    'SELECT first, count FROM batch WHERE first <= ? ORDER BY first DESC LIMIT 1',
  );
  for (let at = 0; at < indexes.length; ) {
    const row = rowAt.row(indexes[at] ?? 0);
    const [first, end] = row ? [Number(row[0]), Number(row[0]) + Number(row[1])] : [0, 0];
    let next = at + 1;
    while (next < indexes.length && (indexes[next] ?? 0) < end) next += 1;
    const positions = indexes.slice(at, next).map((index) => index - first);
    const pack = row && readPack(connection, first);
    if (pack) found.push(...unpack(pack, positions, path, first));
    else found.push(...positions.map(() => []));
    at = next;
  }
  return found;
}

/** The leases there are. */
export function listLeases(connection: Connection): readonly StoredLease[] {
  return connection
    .statement('SELECT name, holder, until FROM lease ORDER BY name')
    .rows()
    .map(([name, holder, until]) => ({
      name: String(name),
      holder: String(holder),
      untilMs: Number(until),
    }));
}

const tooLong = (key: string) =>
  invalid(
    'derived',
    { key: key.slice(0, 100) },
    `the derived value ${JSON.stringify(key.slice(0, 100))} is longer than it can be and is not read: run "audit fsck"`,
  );

/** One derived value. */
export function readDerived(connection: Connection, key: string): Uint8Array | undefined {
  const row = connection
    .statement(`SELECT ${bounded('value', 'NULL')} FROM derived WHERE key = ?`)
    .row(key);
  if (row?.[0] === null) throw tooLong(key);
  return row && blob(row[0]);
}

/** The smallest text that sorts after everything with the prefix; undefined when there is none. */
function afterPrefix(prefix: string): string | undefined {
  const points = Array.from(prefix, (character) => character.codePointAt(0) ?? 0);
  for (let last = points.pop(); last !== undefined; last = points.pop()) {
    if (last < 0x10_ff_ff) {
      const next = last === 0xd7_ff ? 0xe0_00 : last + 1;
      return String.fromCodePoint(...points, next);
    }
  }
  return undefined;
}

/** Keys of derived values with a prefix. SQLite sorts by code point, the port by code unit. */
export function listDerived(connection: Connection, prefix: string): readonly string[] {
  const end = afterPrefix(prefix);
  const rows =
    end === undefined
      ? connection.statement('SELECT key FROM derived WHERE key >= ?').rows(prefix)
      : connection
          .statement('SELECT key FROM derived WHERE key >= ? AND key < ?')
          .rows(prefix, end);
  return rows.map(([key]) => String(key)).sort();
}
