import type { CounterEntry } from '@spanforge/core-events';
import type { Connection } from './connection.js';

/** One thing done to the counters. */
export type CounterStep =
  | { readonly kind: 'add'; readonly entry: CounterEntry }
  | { readonly kind: 'remove'; readonly key: string; readonly id: string };

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

function add(connection: Connection, entry: CounterEntry): number {
  const { key, id, amount, timeMs, windowMs } = entry;
  connection.statement('DELETE FROM counter WHERE key = ? AND until <= ?').run(key, timeMs);
  connection
    .statement(
      `DELETE FROM counter WHERE (key, id) IN
         (SELECT key, id FROM counter WHERE until <= ? ORDER BY until LIMIT ${PRUNED_AT_ONCE})`,
    )
    .run(timeMs - GRACE_MS);
  connection
    .statement('INSERT OR IGNORE INTO counter VALUES (?, ?, ?, ?, ?)')
    .run(key, id, amount, timeMs, timeMs + windowMs);
  const sum = 'SELECT sum(amount) FROM counter WHERE key = ? AND time > ? AND time <= ?';
  return Number(connection.statement(sum).row(key, timeMs - windowMs, timeMs)?.[0] ?? 0);
}

/** Runs steps in order inside an open write transaction; a sum for each addition. */
export function count(connection: Connection, steps: readonly CounterStep[]): readonly number[] {
  connection.exec(COUNTER_TABLES);
  return steps.map((step) => {
    if (step.kind === 'add') return add(connection, step.entry);
    connection.statement('DELETE FROM counter WHERE key = ? AND id = ?').run(step.key, step.id);
    return 0;
  });
}
