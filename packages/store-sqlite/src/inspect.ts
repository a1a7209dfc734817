import { bounded, MOST_BYTES } from './bounded.js';
import { blob, type Connection } from './connection.js';
import { unknownObjects } from './known-schema.js';
import { viewOf } from './row.js';
import { firstOf, segmentOf, TABLES } from './schema.js';
import type { SqlRow } from './sql.js';

/** More faults than this help nobody. */
const MAX_FAULTS = 100;

function* physical(connection: Connection): Generator<string> {
  for (const [line] of connection.statement('PRAGMA integrity_check').rows()) {
    if (line !== 'ok') yield `SQLite: ${line}`;
  }
}

/** How many records a row has; undefined where no row begins. */
type CountOf = (first: number) => number | undefined;

/** Knows the rows of one segment at a time: entries are read segment by segment. */
function createCounts(connection: Connection): CountOf {
  const statement = connection.statement(
    'SELECT first, count FROM batch WHERE first >= ? AND first < ?',
  );
  let segment: number | undefined;
  let counts = new Map<number, number>();
  return (first) => {
    if (segmentOf(first) !== segment) {
      segment = segmentOf(first);
      const rows = statement.rows(Math.max(0, firstOf(segment)), firstOf(segment + 1));
      counts = new Map(rows.map(([one, count]) => [Number(one), Number(count)]));
    }
    return counts.get(first);
  };
}

function* faultsOfRow(row: SqlRow, expected: number): Generator<string> {
  const [firstValue, countValue, minTime, maxTime, endsValue, timesValue, leaves, macs, bytes] =
    row;
  const first = Number(firstValue);
  const count = Number(countValue);
  const ends = viewOf(blob(endsValue));
  if (first !== expected) yield `row ${first} should begin at ${expected}`;
  if (count < 1) yield `row ${first} has no records`;
  if (leaves !== count * 32) yield `row ${first} has leaf hashes of another count`;
  if (macs !== null && macs !== count * 34) yield `row ${first} has macs of another count`;
  if (ends.byteLength !== count * 4) return yield `row ${first} has ends of another count`;
  let before = 0;
  for (let at = 0; at < count; at++) {
    const end = ends.getUint32(at * 4, true);
    if (end < before) return yield `record ${first + at} ends before it begins`;
    before = end;
  }
  if (before !== bytes) yield `row ${first} has bytes of another length`;
  yield* faultsOfTimes(first, count, blob(timesValue), Number(minTime), Number(maxTime));
}

function* faultsOfTimes(
  first: number,
  count: number,
  times: Uint8Array,
  minTime: number,
  maxTime: number,
): Generator<string> {
  if (times.byteLength !== count * 8) return yield `row ${first} has times of another count`;
  const view = new DataView(times.buffer, times.byteOffset, times.byteLength);
  let [least, most] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (let at = 0; at < count; at += 1) {
    const time = view.getFloat64(at * 8, true);
    if (Number.isNaN(time)) return yield `record ${first + at} has no time`;
    least = Math.min(least, time);
    most = Math.max(most, time);
  }
  if (least !== minTime || most !== maxTime) {
    yield `row ${first} says other times than its records`;
  }
}

/** Answers where the last row ends. */
function* contents(connection: Connection): Generator<string, number> {
  const statement = connection.statement(
    `SELECT batch.first, count, min_time, max_time, ${bounded('ends')}, ${bounded('times')},
       length(leaves), length(macs), length(bytes) FROM batch LEFT JOIN content USING (first)
     WHERE batch.first > ? ORDER BY batch.first LIMIT 256`,
  );
  let expected = 0;
  for (let rows = statement.rows(Number.MIN_SAFE_INTEGER); rows.length > 0; ) {
    let last = 0;
    for (const row of rows) {
      yield* faultsOfRow(row, expected);
      last = Number(row[0]);
      expected = last + Number(row[1]);
    }
    rows = statement.rows(last);
  }
  return expected;
}

/** Whether an index entry has positions that ascend and are below a count. */
function arePositions(members: DataView, count: number): boolean {
  let before = -1;
  for (let at = 0; at + 1 < members.byteLength; at += 2) {
    const position = members.getUint16(at, true);
    if (position <= before) return false;
    before = position;
  }
  return before >= 0 && before < count;
}

function* faultsOfPosting(row: SqlRow, countOf: CountOf): Generator<string> {
  const [segment, , firstValue, members] = row;
  const first = Number(firstValue);
  const count = countOf(first);
  if (count === undefined)
    return yield `an index entry points to row ${first}, which does not exist`;
  if (segment !== segmentOf(first)) yield `an index entry of row ${first} is in another segment`;
  if (!arePositions(viewOf(blob(members)), count)) {
    yield `an index entry of row ${first} has positions outside of it`;
  }
}

/**
 * Entries of segments below `compared` were compared with what would be written, bytes with bytes, which leaves
 * nothing to be found in them.
 */
function* postings(connection: Connection, compared: number): Generator<string> {
  const countOf = createCounts(connection);
  const statement = connection.statement(
    `SELECT segment, term, first, ${bounded('members', "x''")} FROM posting
     WHERE (segment, term, first) > (?, ?, ?) AND segment NOT BETWEEN 0 AND ?
     ORDER BY segment, term, first LIMIT 1024`,
  );
  for (
    let rows = statement.rows(Number.MIN_SAFE_INTEGER, '', -1, compared - 1);
    rows.length > 0;
  ) {
    for (const row of rows) yield* faultsOfPosting(row, countOf);
    const [segment = -1, term = '', first = -1] = rows.at(-1) ?? [];
    rows = statement.rows(segment, term, first, compared - 1);
  }
}

function* references(connection: Connection, size: number): Generator<string> {
  const lost = (sql: string) => Number(connection.statement(sql).row(size)?.[0] ?? 0);
  const keys = lost(
    'SELECT count(*) FROM idempotency WHERE first + count > ? OR first < 0 OR count < 1',
  );
  const claims = lost('SELECT count(*) FROM claim WHERE first >= ? OR first < 0');
  if (keys > 0) yield `${keys} idempotency keys stand for records that do not exist`;
  if (claims > 0) yield `${claims} claims stand for records that do not exist`;
  const segments = lost(
    'SELECT count(*) FROM posting WHERE ? >= 0 AND segment NOT IN (SELECT id FROM segment)',
  );
  if (segments > 0) yield `${segments} index entries are in segments that do not exist`;
  for (const table of ['content', 'disclosure']) {
    const sql = `SELECT first FROM ${table} WHERE first NOT IN (SELECT first FROM batch) LIMIT ?`;
    for (const [first] of connection.statement(sql).rows(MAX_FAULTS)) {
      yield `${table} ${Number(first)} belongs to no row`;
    }
  }
  const long = connection
    .statement(`SELECT key FROM derived WHERE octet_length(value) > ${MOST_BYTES.value} LIMIT ?`)
    .rows(MAX_FAULTS);
  for (const [key] of long) yield `derived value ${String(key)} is longer than it can be`;
  const strange = connection
    .statement('SELECT id FROM segment WHERE id < 0 OR id > ? LIMIT ?')
    .rows(segmentOf(Math.max(0, size - 1)), MAX_FAULTS);
  for (const [id] of strange) yield `segment ${Number(id)} of the index has no records`;
}

function* faults(connection: Connection, compared: number): Generator<string> {
  yield* physical(connection);
  for (const name of unknownObjects(connection, TABLES)) yield `the schema does not know ${name}`;
  const size = yield* contents(connection);
  yield* postings(connection, compared);
  yield* references(connection, size);
}

/**
 * Examines the whole file, as it was when this began: others may be writing to it. Answers at most a hundred faults.
 *
 * @param comparedTo Index entries of records below were found right by `hasTerms`.
 */
export function inspect(connection: Connection, comparedTo = 0): readonly string[] {
  const found: string[] = [];
  connection.exec('BEGIN');
  try {
    for (const fault of faults(connection, segmentOf(comparedTo))) {
      found.push(fault);
      if (found.length >= MAX_FAULTS) break;
    }
  } finally {
    connection.exec('ROLLBACK');
  }
  return found;
}
