import Database from 'libsql';

/** What SQLite answers with; blobs come as fresh buffers. */
export type SqlValue = string | number | Uint8Array | null;
export type SqlRow = readonly SqlValue[];

/** A prepared statement that answers with rows as arrays. */
export interface SqlStatement {
  run(...values: readonly SqlValue[]): void;
  row(...values: readonly SqlValue[]): SqlRow | undefined;
  rows(...values: readonly SqlValue[]): readonly SqlRow[];
}

/** One connection to the database, with each statement prepared once. */
export interface Connection {
  statement(sql: string): SqlStatement;
  exec(sql: string): void;
  close(): void;
}

function prepare(database: Database.Database, sql: string): SqlStatement {
  const statement = database.prepare<unknown[]>(sql);
  if (statement.reader) statement.raw();
  return {
    // The values go in one array: a single blob would be taken for an object of named values.
    run: (...values) => void statement.run(values),
    row: (...values) => statement.get(values) as SqlRow | undefined,
    rows: (...values) => statement.all(values) as SqlRow[],
  };
}

/** Opens a connection that waits at most `busyTimeoutMs` for another one's lock. */
export function connect(path: string, busyTimeoutMs: number): Connection {
  const database = new Database(path, { timeout: busyTimeoutMs });
  const statements = new Map<string, SqlStatement>();
  return {
    statement(sql) {
      let found = statements.get(sql);
      if (!found) {
        found = prepare(database, sql);
        statements.set(sql, found);
      }
      return found;
    },
    exec: (sql) => void database.exec(sql),
    close: () => void database.close(),
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
