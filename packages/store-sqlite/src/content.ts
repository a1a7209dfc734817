import type { StoredRecord, StoredRow } from '@spanforge/core-events/log';
import { bounded, MOST_BYTES } from './bounded.js';
import { blob, type Connection } from './connection.js';
import { invalid } from './failure.js';
import { MAC_BYTES } from './packet.js';
import type { SqlRow, SqlValue } from './sql.js';

function numbersOf(column: SqlValue | undefined): DataView {
  const { buffer, byteOffset, byteLength } = blob(column);
  return new DataView(buffer, byteOffset, byteLength);
}

/** The columns of a row beside its bytes. */
const BESIDE_BYTES = [
  'first',
  bounded('ends'),
  bounded('times'),
  bounded('leaves'),
  bounded('kids', "''"),
  bounded('macs'),
].join(', ');

/** The columns {@link toContent} expects, in order. */
export const CONTENT_COLUMNS = `${BESIDE_BYTES}, ${bounded('bytes')}`;

/** The columns {@link toRow} expects, in order. */
export const ROW_COLUMNS = [
  'first',
  bounded('ends'),
  bounded('leaves'),
  bounded('kids', "''"),
  bounded('macs'),
  bounded('bytes'),
].join(', ');

/** One stored row, ready to give its records. */
export interface Content {
  readonly first: number;
  readonly count: number;
  timeAt(position: number): number;
  /** The record as views of the row: keeping it keeps the whole row in memory. */
  viewAt(position: number): StoredRecord;
  /** The records at some positions on their own: they share memory of theirs, and none of the row. */
  copies(positions: readonly number[]): readonly StoredRecord[];
}

/** Gives bytes of a column, `[start, end)`. */
type Take = (column: Uint8Array, start: number, end: number) => Uint8Array;

const view: Take = (column, start, end) => column.subarray(start, end);

/** Copies into one memory: an array buffer for each piece costs more than what is copied. */
function copyInto(memory: Uint8Array): Take {
  let used = 0;
  return (column, start, end) => {
    const from = used;
    used += end - start;
    memory.set(column.subarray(start, end), from);
    return memory.subarray(from, used);
  };
}

const LEAF_BYTES = 32;

/** What one row says is no record, whatever wrote it. The rows beside it can still be read. */
export const damagedRow = (first: number) =>
  invalid(
    'row',
    { first },
    `the row of record ${first} was changed and cannot be read: run "audit fsck"`,
  );

/** The key ids of a row; undefined where the column has none that can be read. */
function readKids(column: SqlValue | undefined): readonly string[] | undefined {
  if (typeof column !== 'string') return [];
  try {
    const kids: unknown = JSON.parse(column);
    return Array.isArray(kids) ? kids : undefined;
  } catch {
    return undefined;
  }
}

/** Makes what a row has in columns into records; its bytes are the last column, or asked for where they are needed. */
export function toContent(
  row: SqlRow,
  bytesIn?: (from: number, to: number) => Uint8Array,
): Content {
  const [firstValue, endsValue, timesValue, leavesValue, kidsValue, macsValue, bytesValue] = row;
  const first = Number(firstValue);
  const [ends, times, macs] = [numbersOf(endsValue), numbersOf(timesValue), numbersOf(macsValue)];
  const leaves = blob(leavesValue);
  const bytes = blob(bytesValue);
  const tags = blob(macsValue);
  const kids = readKids(kidsValue);
  if (!kids) throw damagedRow(first);
  const count = ends.byteLength / 4;
  if (leaves.length !== count * 32) throw damagedRow(first);
  if (kids.length > 0 && tags.length !== count * MAC_BYTES) throw damagedRow(first);
  const endOf = (position: number): number =>
    position < count ? ends.getUint32(position * 4, true) : 0;
  const startOf = (position: number): number => (position === 0 ? 0 : endOf(position - 1));
  const requireInside = (position: number, some: Uint8Array, from = 0): void => {
    const isInside = position < count && startOf(position) <= endOf(position);
    if (!isInside || endOf(position) - from > some.length) throw damagedRow(first);
  };
  const recordAt = (position: number, take: Take, some = bytes, from = 0): StoredRecord => {
    const record = take(some, startOf(position) - from, endOf(position) - from);
    const leaf = take(leaves, position * 32, position * 32 + 32);
    const at = position * MAC_BYTES;
    const kid = kids.length > 0 ? kids[macs.getUint16(at, true) - 1] : undefined;
    if (kid === undefined) return { index: first + position, bytes: record, leaf };
    const tag = take(tags, at + 2, at + MAC_BYTES);
    return { index: first + position, bytes: record, leaf, mac: { kid, tag } };
  };
  return {
    first,
    count,
    // Without its time a record is read all the same, and found by any.
    timeAt: (position) =>
      (position + 1) * 8 <= times.byteLength ? times.getFloat64(position * 8, true) : Number.NaN,
    viewAt: (position) => {
      requireInside(position, bytes);
      return recordAt(position, view);
    },
    copies: (positions) => {
      if (positions.length === 0) return [];
      const from = bytesIn ? Math.min(...positions.map(startOf)) : 0;
      const some = bytesIn ? bytesIn(from, Math.max(...positions.map(endOf))) : bytes;
      const beside = LEAF_BYTES + (kids.length > 0 ? MAC_BYTES - 2 : 0);
      let length = positions.length * beside;
      for (const position of positions) {
        requireInside(position, some, from);
        length += endOf(position) - startOf(position);
      }
      const take = copyInto(new Uint8Array(length));
      return positions.map((position) => recordAt(position, take, some, from));
    },
  };
}

/** The columns of a row without its times; undefined when they do not fit each other. */
export function toRow(row: SqlRow): StoredRow | undefined {
  const [firstValue, endsValue, leavesValue, kidsValue, macsValue, bytesValue] = row;
  const [leaves, macs, bytes] = [blob(leavesValue), blob(macsValue), blob(bytesValue)];
  const view = numbersOf(endsValue);
  const count = view.byteLength >> 2;
  const ends = new Uint32Array(count);
  let before = 0;
  for (let at = 0; at < count; at += 1) {
    const end = view.getUint32(at * 4, true);
    if (end < before) return undefined;
    ends[at] = end;
    before = end;
  }
  const kids = readKids(kidsValue);
  const isWhole = view.byteLength === count * 4 && before === bytes.length;
  const fits = leaves.length === count * LEAF_BYTES;
  const signs = macs.length === (kids && kids.length > 0 ? count * MAC_BYTES : 0);
  if (!kids || count === 0 || !isWhole || !fits || !signs) return undefined;
  return { first: Number(firstValue), count, bytes, ends, leaves, kids, macs };
}

/** A row at once. */
export function readWhole(connection: Connection, first: number): Content | undefined {
  const row = connection
    .statement(`SELECT ${CONTENT_COLUMNS} FROM content WHERE first = ?`)
    .row(first);
  return row && toContent(row);
}

/** A row of which the bytes are read that {@link Content.copies} asks for: SQLite hands out no others. */
export function readContent(connection: Connection, first: number): Content | undefined {
  const row = connection
    .statement(`SELECT ${BESIDE_BYTES} FROM content WHERE first = ?`)
    .row(first);
  const statement = connection.statement(
    `SELECT CASE WHEN octet_length(bytes) > ${MOST_BYTES.bytes} THEN x'' ELSE substr(bytes, ?, ?) END
     FROM content WHERE first = ?`,
  );
  const bytesIn = (from: number, to: number): Uint8Array =>
    blob(statement.row(from + 1, Math.max(0, to - from), first)?.[0]);
  return row && toContent(row, bytesIn);
}

/** Index of the first record of the row that holds `index`, or of the last row before it. */
export function rowBefore(connection: Connection, index: number): number | undefined {
  const sql = 'SELECT first FROM batch WHERE first <= ? ORDER BY first DESC LIMIT 1';
  const row = connection.statement(sql).row(index);
  return row && Number(row[0]);
}
