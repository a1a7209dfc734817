import { unavailable } from './failure.js';
import { openLibsql } from './libsql-driver.js';
import { hasNodeSqlite, openNodeSqlite } from './node-driver.js';
import type { SqlDatabase } from './sql.js';

/** Which library gives SQLite: the one of the runtime, or the package `libsql`. */
export type SqliteDriver = 'node' | 'libsql';

/**
 * The library to use: the runtime's own where it has one. One process must use one library for a file:
 * closing it through one drops the POSIX locks that another holds.
 */
export function chooseDriver(asked?: SqliteDriver): SqliteDriver {
  return asked ?? (hasNodeSqlite() ? 'node' : 'libsql');
}

const OPENERS = { node: openNodeSqlite, libsql: openLibsql };

/**
 * Opens a database, or a URI of one.
 *
 * @throws {Fault} `EVENTS_STORE_UNAVAILABLE` with reason `no_driver` when the library is not there.
 */
export function openDatabase(driver: SqliteDriver, path: string): SqlDatabase {
  const database = OPENERS[driver](path);
  if (database) return database;
  throw unavailable('no_driver', undefined, NO_DRIVER);
}

const NO_DRIVER =
  'no SQLite: use Node.js 22.13 or newer, which has node:sqlite, or install the package libsql';
