/** What SQLite answers with; blobs come as fresh buffers. */
export type SqlValue = string | number | Uint8Array | null;
export type SqlRow = readonly SqlValue[];

/** A prepared statement that answers with rows as arrays. */
export interface SqlStatement {
  run(...values: readonly SqlValue[]): void;
  row(...values: readonly SqlValue[]): SqlRow | undefined;
  rows(...values: readonly SqlValue[]): readonly SqlRow[];
}

/**
 * One open database, as both libraries give it: errors carry SQLite's name of their code, such as
 * `SQLITE_BUSY`, as `code`.
 */
export interface SqlDatabase {
  prepare(sql: string): SqlStatement;
  exec(sql: string): void;
  close(): void;
}
