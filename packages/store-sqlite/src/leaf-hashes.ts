import { hash } from 'node:crypto';
import { bounded } from './bounded.js';
import { blob, type Connection } from './connection.js';
import { damagedRow, rowBefore } from './content.js';

const ZERO = new Uint8Array(1);

/** Rows fetched at a time, so that a long stretch is not held as a whole. */
const ROWS_AT_ONCE = 16;

/**
 * Hashes the records of one row that are in `[from, to)`, where they are: the zero byte that stands before a
 * record in its leaf takes the place of the byte before it for as long as it is hashed. The row is this
 * call's own copy.
 */
function hashRow(
  ends: DataView,
  bytes: Uint8Array,
  range: { readonly from: number; readonly to: number },
  add: (digest: string) => void,
): void {
  for (let position = range.from; position < range.to; position += 1) {
    const start = position === 0 ? 0 : ends.getUint32((position - 1) * 4, true);
    const end = ends.getUint32(position * 4, true);
    // As a binary string, which costs half of a buffer.
    if (start === 0) {
      add(hash('sha256', Buffer.concat([ZERO, bytes.subarray(0, end)]), 'binary'));
      continue;
    }
    const before = bytes[start - 1] ?? 0;
    bytes[start - 1] = 0;
    add(hash('sha256', bytes.subarray(start - 1, end), 'binary'));
    bytes[start - 1] = before;
  }
}

/** The leaf hashes of the stored bytes (RFC 6962): SHA-256 over a zero byte and the record. */
export function hashLeaves(connection: Connection, first: number, count: number): Uint8Array {
  const end = first + count;
  const made: string[] = [];
  const statement = connection.statement(
    `SELECT first, ${bounded('ends', 'NULL')}, ${bounded('bytes', 'NULL')} FROM content
     WHERE first >= ? AND first < ? ORDER BY first LIMIT ?`,
  );
  let at = rowBefore(connection, first) ?? 0;
  while (at < end) {
    const rows = statement.rows(at, end, ROWS_AT_ONCE);
    for (const [rowFirst, endsValue, bytes] of rows) {
      if (endsValue === null || bytes === null) throw damagedRow(Number(rowFirst));
      const { buffer, byteOffset, byteLength } = blob(endsValue);
      const ends = new DataView(buffer, byteOffset, byteLength);
      const begin = Number(rowFirst);
      const size = byteLength / 4;
      const range = { from: Math.max(0, first - begin), to: Math.min(size, end - begin) };
      hashRow(ends, blob(bytes), range, (digest) => made.push(digest));
      at = begin + size;
    }
    if (rows.length < ROWS_AT_ONCE) break;
  }
  return new Uint8Array(Buffer.from(made.join(''), 'latin1'));
}
