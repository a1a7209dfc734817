import { type Connection, value } from './connection.js';
import { invalid } from './failure.js';

function expectPragma(connection: Connection, name: string, expected: string | number): void {
  const found = value(connection, `PRAGMA ${name}`);
  if (found !== expected) throw invalid('durability', { pragma: name, found: String(found) });
}

/**
 * Sets what durability rests on and reads it back: a store that would acknowledge what a power cut
 * can undo does not open.
 *
 * Checkpoints are never left to SQLite: the bundled version has the WAL-reset race (fixed upstream
 * in 3.51.3), which needs a checkpoint that does not hold the write lock. Ours always do.
 *
 * @throws {EventsError} `EVENTS_STORE_INVALID` with reason `durability`.
 */
export function makeDurable(connection: Connection): void {
  connection.exec('PRAGMA synchronous = FULL');
  connection.exec('PRAGMA fullfsync = ON');
  connection.exec('PRAGMA checkpoint_fullfsync = ON');
  value(connection, 'PRAGMA wal_autocheckpoint = 0');
  connection.exec('PRAGMA cache_size = -32768');
  expectPragma(connection, 'journal_mode', 'wal');
  expectPragma(connection, 'synchronous', 2);
  expectPragma(connection, 'fullfsync', 1);
  expectPragma(connection, 'wal_autocheckpoint', 0);
  expectPragma(connection, 'locking_mode', 'normal');
}

/** Makes a connection one that can only read. */
export function makeReadOnly(connection: Connection): void {
  value(connection, 'PRAGMA wal_autocheckpoint = 0');
  connection.exec('PRAGMA cache_size = -16384');
  connection.exec('PRAGMA query_only = ON');
  expectPragma(connection, 'wal_autocheckpoint', 0);
  expectPragma(connection, 'query_only', 1);
}
