import type { CounterEntry, CounterRow, CounterSum } from '@spanforge/core-events';
import type { Connection } from './connection.js';
import type { SqlRow } from './sql.js';

/** One thing done to the counters. */
export type CounterStep =
  | { readonly kind: 'add'; readonly entry: CounterEntry }
  | { readonly kind: 'remove'; readonly key: string; readonly id: string }
  | { readonly kind: 'replace'; readonly rows: readonly CounterRow[] };

/**
 * Beside the tables of the log, made when first needed: files and programs that know nothing of
 * counters go on as they were.
 */
export const COUNTER_TABLES = `
CREATE TABLE IF NOT EXISTS counter (
  key TEXT NOT NULL,
  id TEXT NOT NULL,
  amount REAL NOT NULL,
  time REAL NOT NULL,
  until REAL NOT NULL,
  PRIMARY KEY (key, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS counter_until ON counter (until);
`;

/** Entries of keys nobody asks about any more go after a day: another process's clock may differ. */
const GRACE_MS = 86_400_000;

/** Such entries removed with each addition. */
const PRUNED_AT_ONCE = 16;

function add(connection: Connection, entry: CounterEntry): CounterSum {
  const { key, id, amount, timeMs, windowMs } = entry;
  connection.statement('DELETE FROM counter WHERE key = ? AND until <= ?').run(key, timeMs);
  connection
    .statement(
      `DELETE FROM counter WHERE (key, id) IN
         (SELECT key, id FROM counter WHERE until <= ? ORDER BY until LIMIT ${PRUNED_AT_ONCE})`,
    )
    .run(timeMs - GRACE_MS);
  const known = connection
    .statement('SELECT time FROM counter WHERE key = ? AND id = ?')
    .row(key, id);
  if (!known) {
    connection
      .statement('INSERT INTO counter VALUES (?, ?, ?, ?, ?)')
      .run(key, id, amount, timeMs, timeMs + windowMs);
  }
  const sum = 'SELECT sum(amount) FROM counter WHERE key = ? AND time > ? AND time <= ?';
  return {
    sum: Number(connection.statement(sum).row(key, timeMs - windowMs, timeMs)?.[0] ?? 0),
    timeMs: known ? Number(known[0]) : timeMs,
    added: !known,
  };
}

function replace(connection: Connection, rows: readonly CounterRow[]): void {
  for (const { key, id, amount, timeMs, untilMs } of rows) {
    connection
      .statement('INSERT OR REPLACE INTO counter VALUES (?, ?, ?, ?, ?)')
      .run(key, id, amount, timeMs, untilMs);
  }
}

const NOTHING: CounterSum = { sum: 0, timeMs: 0, added: false };

const isThere = (connection: Connection): boolean =>
  connection.statement("SELECT 1 FROM sqlite_schema WHERE name = 'counter'").row() !== undefined;

const toRow = ([key, id, amount, timeMs, untilMs]: SqlRow): CounterRow => ({
  ...{ key: String(key), id: String(id), amount: Number(amount) },
  ...{ timeMs: Number(timeMs), untilMs: Number(untilMs) },
});

/** The entries under these names. */
export function findCounted(
  connection: Connection,
  names: readonly Pick<CounterRow, 'key' | 'id'>[],
): readonly (CounterRow | undefined)[] {
  if (!isThere(connection)) return names.map(() => undefined);
  const find = connection.statement('SELECT * FROM counter WHERE key = ? AND id = ?');
  return names.map(({ key, id }) => {
    const row = find.row(key, id);
    return row && toRow(row);
  });
}

/** Runs steps in order inside an open write transaction; a sum for each addition. */
export function count(
  connection: Connection,
  steps: readonly CounterStep[],
): readonly CounterSum[] {
  connection.exec(COUNTER_TABLES);
  return steps.map((step) => {
    if (step.kind === 'add') return add(connection, step.entry);
    if (step.kind === 'replace') {
      replace(connection, step.rows);
      return NOTHING;
    }
    connection.statement('DELETE FROM counter WHERE key = ? AND id = ?').run(step.key, step.id);
    return NOTHING;
  });
}
