import { createRequire } from 'node:module';
import type Libsql from 'libsql';
import { codeOf } from './failure.js';
import type { SqlDatabase, SqlRow } from './sql.js';

type LibsqlConstructor = new (path: string) => Libsql.Database;

/** The optional package, or undefined where it was not installed. */
function loadLibsql(): LibsqlConstructor | undefined {
  try {
    return createRequire(import.meta.url)('libsql') as LibsqlConstructor;
  } catch (error) {
    // It is there and the prebuilt file for this platform is not: the same for us.
    if (codeOf(error) === 'MODULE_NOT_FOUND') return undefined;
    throw error;
  }
}

/** Opens a database with the package `libsql`; undefined where it was not installed. */
export function openLibsql(path: string): SqlDatabase | undefined {
  const Database = loadLibsql();
  if (!Database) return undefined;
  const database = new Database(path);
  return {
    prepare(sql) {
      const statement = database.prepare<unknown[]>(sql);
      if (statement.reader) statement.raw();
      return {
        // The values go in one array: a single blob would be taken for an object of named values.
        run: (...values) => void statement.run(values),
        row: (...values) => statement.get(values) as SqlRow | undefined,
        rows: (...values) => statement.all(values) as SqlRow[],
      };
    },
    exec: (sql) => void database.exec(sql),
    close: () => void database.close(),
  };
}
