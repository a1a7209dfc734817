import { lstatSync } from 'node:fs';
import { bounded } from './bounded.js';
import { blob, type Connection, value } from './connection.js';
import { codeOf, invalid } from './failure.js';
import { requireKnownSchema } from './known-schema.js';
import { APPLICATION_ID, SCHEMA_VERSION, TABLES } from './schema.js';

/** Which file stands under a name; undefined where there is none. */
function identify(path: string): string | undefined {
  const stats = lstatSync(path, { throwIfNoEntry: false, bigint: true });
  return stats?.isFile() ? `${stats.dev}:${stats.ino}` : stats && 'another kind of file';
}

/** The first record's leaf hash, hex; undefined for an empty log. No two logs have the same first record. */
function firstLeaf(connection: Connection): string | undefined {
  const found = connection.statement(
    `SELECT substr(${bounded('leaves')}, 1, 32) FROM content WHERE first = 0`,
  );
  const row = found.row();
  return row && Buffer.from(blob(row[0])).toString('hex');
}

/** What SQLite says of pages that do not fit each other, as when other bytes were written over some of them. */
const NOT_A_DATABASE = new Set(['SQLITE_CORRUPT', 'SQLITE_NOTADB']);

/**
 * The first leaf as the file has it now. An open connection has pages in memory and would not see that the file
 * was written over in place; a new one has none.
 */
function firstLeafNow(open: () => Connection): string | undefined {
  let fresh: Connection | undefined;
  try {
    fresh = open();
    return firstLeaf(fresh);
  } catch (error) {
    throw NOT_A_DATABASE.has(codeOf(error)) ? invalid('file_overwritten') : error;
  } finally {
    fresh?.close();
  }
}

/**
 * Remembers which files an open store has. While they are open nobody but an attacker, or a person who
 * restores a copy under a running service, puts others in their place: what is acknowledged from then on
 * is in files that no longer have a name.
 *
 * @param connection The open connection.
 * @param open Opens the database anew.
 * @returns What requires that the files are the same, that the first record is, and that their schema is the one
 *   of this version. Throws `EVENTS_STORE_INVALID` with reason `file_replaced`, `file_overwritten`,
 *   `unknown_schema`, `other_application` or `schema_version`.
 */
export function watchFiles(
  path: string,
  connection: Connection,
  open: () => Connection,
): () => void {
  const known = new Map<string, string>();
  const files = [path, `${path}-wal`, `${path}-shm`];
  const requireSame = (): void => {
    for (const file of files) {
      const found = identify(file);
      const expected = known.get(file) ?? found;
      if (found !== expected) throw invalid('file_replaced', { file: file.slice(path.length) });
      if (found !== undefined) known.set(file, found);
    }
  };
  let first = firstLeaf(connection);
  const requireSameLog = (): void => {
    first ??= firstLeaf(connection);
    if (first === undefined || firstLeafNow(open) === first) return;
    throw invalid('file_overwritten');
  };
  requireSame();
  return () => {
    requireSame();
    requireSameLog();
    if (value(connection, 'PRAGMA application_id') !== APPLICATION_ID) {
      throw invalid('other_application');
    }
    const found = value(connection, 'PRAGMA user_version');
    if (found !== SCHEMA_VERSION) {
      throw invalid('schema_version', { found: Number(found), supported: SCHEMA_VERSION });
    }
    requireKnownSchema(connection, TABLES);
  };
}
