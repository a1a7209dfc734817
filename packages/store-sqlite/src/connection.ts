import { chooseDriver, openDatabase, type SqliteDriver } from './driver.js';
import type { SqlStatement, SqlValue } from './sql.js';

/** One connection to the database, with each statement prepared once. */
export interface Connection {
  readonly driver: SqliteDriver;
  statement(sql: string): SqlStatement;
  exec(sql: string): void;
  close(): void;
}

/** Opens a connection that waits at most `busyTimeoutMs` for another one's lock. */
export function connect(path: string, busyTimeoutMs: number, asked?: SqliteDriver): Connection {
  const driver = chooseDriver(asked);
  const database = openDatabase(driver, path);
  const statements = new Map<string, SqlStatement>();
  database.exec(`PRAGMA busy_timeout = ${Math.trunc(busyTimeoutMs)}`);
  return {
    driver,
    statement(sql) {
      let found = statements.get(sql);
      if (!found) {
        found = database.prepare(sql);
        statements.set(sql, found);
      }
      return found;
    },
    exec: (sql) => database.exec(sql),
    close: () => database.close(),
  };
}

/** The first value of the first row, for pragmas and counts. */
export function value(connection: Connection, sql: string): SqlValue {
  return connection.statement(sql).row()?.[0] ?? null;
}

/** A blob column as plain bytes over its own memory. */
export function blob(value: SqlValue | undefined): Uint8Array {
  if (!(value instanceof Uint8Array)) return new Uint8Array(0);
  return new Uint8Array(value.buffer, value.byteOffset, value.byteLength);
}
