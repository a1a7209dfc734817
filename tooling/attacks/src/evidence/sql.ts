import { createRequire } from 'node:module';
import type Libsql from 'libsql';

type Value = number | string | Uint8Array | null;

/** What an attacker needs of SQLite. */
export interface Sql {
  exec(sql: string): void;
  rows(sql: string): readonly (readonly unknown[])[];
  run(sql: string, ...values: readonly Value[]): void;
}

interface NodeStatement {
  run(...values: readonly Value[]): unknown;
  all(): readonly Readonly<Record<string, unknown>>[];
}
interface NodeSqlite {
  readonly DatabaseSync: new (
    path: string,
  ) => { prepare(sql: string): NodeStatement; exec(sql: string): void; close(): void };
}

type Opened = Sql & { close(): void };

function open(path: string, driver: 'node' | 'libsql'): Opened {
  const builtIn = process.getBuiltinModule?.('node:sqlite') as unknown as NodeSqlite | undefined;
  if (builtIn && driver === 'node') {
    const database = new builtIn.DatabaseSync(path);
    return {
      exec: (sql) => database.exec(sql),
      rows: (sql) => database.prepare(sql).all().map(Object.values),
      run: (sql, ...values) => void database.prepare(sql).run(...values),
      close: () => database.close(),
    };
  }
  type Constructor = new (path: string) => Libsql.Database;
  const Database = createRequire(import.meta.url)('libsql') as Constructor;
  const database = new Database(path);
  return {
    exec: (sql) => void database.exec(sql),
    rows: (sql) => database.prepare(sql).raw().all() as readonly (readonly unknown[])[],
    run: (sql, ...values) => void database.prepare<unknown[]>(sql).run(values),
    close: () => void database.close(),
  };
}

/** Whoever can write the file, and holds no key; with `libsql` also where the runtime has SQLite. */
export function withSql<T>(
  path: string,
  work: (sql: Sql) => T,
  driver: 'node' | 'libsql' = 'node',
): T {
  const sql = open(path, driver);
  try {
    return work(sql);
  } finally {
    sql.close();
  }
}
