import { bounded } from './bounded.js';
import { blob, type Connection } from './connection.js';
import { rowBefore } from './content.js';
import { viewOf } from './row.js';

const TIME_BYTES = 8;

/** The times of a row in one column; NaN for those it lacks. */
function toTimes(column: Uint8Array, count: number): Float64Array {
  const view = viewOf(column);
  const times = new Float64Array(Math.max(0, count)).fill(Number.NaN);
  const known = Math.min(times.length, Math.floor(view.byteLength / TIME_BYTES));
  for (let at = 0; at < known; at += 1) times[at] = view.getFloat64(at * TIME_BYTES, true);
  return times;
}

function toColumn(times: Float64Array): Uint8Array {
  const column = Buffer.allocUnsafe(times.length * TIME_BYTES);
  for (const [at, time] of times.entries()) column.writeDoubleLE(time, at * TIME_BYTES);
  return column;
}

interface RowTimes {
  readonly first: number;
  readonly times: Float64Array;
}

/** The rows that hold some of the records, with all their times. */
function rowsOf(connection: Connection, first: number, count: number): readonly RowTimes[] {
  return connection
    .statement(
      `SELECT batch.first, count, ${bounded('times')} FROM batch JOIN content USING (first)
       WHERE batch.first >= ? AND batch.first < ? ORDER BY batch.first`,
    )
    .rows(rowBefore(connection, first) ?? 0, first + count)
    .map((row) => ({ first: Number(row[0]), times: toTimes(blob(row[2]), Number(row[1])) }));
}

/** The times of consecutive records, as they are found by now. */
export function readTimes(connection: Connection, first: number, count: number): Float64Array {
  const found = new Float64Array(count).fill(Number.NaN);
  for (const row of rowsOf(connection, first, count)) {
    const from = Math.max(0, first - row.first);
    const some = row.times.subarray(from, Math.max(from, first + count - row.first));
    found.set(some, row.first + from - first);
  }
  return found;
}

/** Replaces the times of consecutive records, inside an open write transaction. */
export function replaceTimes(connection: Connection, first: number, timesMs: Float64Array): void {
  const column = connection.statement('UPDATE content SET times = ? WHERE first = ?');
  const bounds = connection.statement(
    'UPDATE batch SET min_time = ?, max_time = ? WHERE first = ?',
  );
  for (const row of rowsOf(connection, first, timesMs.length)) {
    const times = row.times.map((time, at) => timesMs[row.first + at - first] ?? time);
    const known = times.filter((time) => !Number.isNaN(time));
    if (known.length === 0) continue;
    column.run(toColumn(times), row.first);
    bounds.run(Math.min(...known), Math.max(...known), row.first);
  }
}
