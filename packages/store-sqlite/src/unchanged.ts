import { lstatSync } from 'node:fs';
import { type Connection, value } from './connection.js';
import { invalid } from './failure.js';
import { requireKnownSchema } from './known-schema.js';
import { APPLICATION_ID, SCHEMA_VERSION, TABLES } from './schema.js';

/** Which file stands under a name; undefined where there is none. */
function identify(path: string): string | undefined {
  const stats = lstatSync(path, { throwIfNoEntry: false, bigint: true });
  return stats?.isFile() ? `${stats.dev}:${stats.ino}` : stats && 'another kind of file';
}

/**
 * Remembers which files an open store has. While they are open nobody but an attacker, or a person who
 * restores a copy under a running service, puts others in their place: what is acknowledged from then on
 * is in files that no longer have a name.
 *
 * @returns What requires that the files are the same, and that their schema is the one of this version.
 *   Throws `EVENTS_STORE_INVALID` with reason `file_replaced`, `unknown_schema`, `other_application` or
 *   `schema_version`.
 */
export function watchFiles(path: string): (connection: Connection) => void {
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
  requireSame();
  return (connection) => {
    requireSame();
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
