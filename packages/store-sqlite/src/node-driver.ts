import type { SqlDatabase, SqlRow, SqlValue } from './sql.js';

/** What is used of `node:sqlite`; the types of the oldest supported Node.js do not know it. */
interface NodeStatement {
  run(...values: readonly SqlValue[]): unknown;
  get(...values: readonly SqlValue[]): unknown;
  all(...values: readonly SqlValue[]): unknown[];
  /** Since 22.16 and 24.0. */
  setReturnArrays?(enabled: boolean): void;
}

interface NodeDatabase {
  prepare(sql: string): NodeStatement;
  exec(sql: string): void;
  close(): void;
}

interface NodeSqlite {
  readonly DatabaseSync: new (path: string) => NodeDatabase;
}

/** Primary result codes that mean something here (SQLite, "Result and Error Codes"). */
const NAMES: Readonly<Record<number, string>> = {
  1: 'SQLITE_ERROR',
  5: 'SQLITE_BUSY',
  6: 'SQLITE_LOCKED',
  7: 'SQLITE_NOMEM',
  8: 'SQLITE_READONLY',
  10: 'SQLITE_IOERR',
  11: 'SQLITE_CORRUPT',
  13: 'SQLITE_FULL',
  14: 'SQLITE_CANTOPEN',
  17: 'SQLITE_SCHEMA',
  18: 'SQLITE_TOOBIG',
  19: 'SQLITE_CONSTRAINT',
  20: 'SQLITE_MISMATCH',
  21: 'SQLITE_MISUSE',
  26: 'SQLITE_NOTADB',
};

/** Runs work; what SQLite refuses is thrown with its name as `code`, as the other library does. */
function named<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    const number = (error as { errcode?: unknown } | null)?.errcode;
    if (typeof number !== 'number') throw error;
    // The low byte of an extended code is the primary one.
    throw Object.assign(error as Error, { code: NAMES[number & 0xff] ?? `SQLITE_${number}` });
  }
}

const silent = (): void => undefined;

function load(): NodeSqlite | undefined {
  const emit = process.emitWarning;
  // Node.js 22 says at the first load that the module is experimental; it is a release candidate since.
  process.emitWarning = silent;
  try {
    return process.getBuiltinModule?.('node:sqlite') as NodeSqlite | undefined;
  } finally {
    process.emitWarning = emit;
  }
}

/** Whether this runtime has SQLite built in: Node.js 22.13 and newer. */
export function hasNodeSqlite(): boolean {
  return load() !== undefined;
}

/** No bytes, with memory behind them: SQLite takes a blob without an address for NULL. */
const NO_BYTES = new Uint8Array(new ArrayBuffer(1), 0, 0);

/** Values as they are bound: an empty blob that came from another thread may have no address. */
function bound(values: readonly SqlValue[]): readonly SqlValue[] {
  const isEmpty = (value: SqlValue) => value instanceof Uint8Array && value.length === 0;
  return values.some(isEmpty) ? values.map((value) => (isEmpty(value) ? NO_BYTES : value)) : values;
}

function asRow(row: unknown): SqlRow {
  return Array.isArray(row) ? row : Object.values(row as object);
}

/** Opens a database with the runtime's own SQLite; undefined where it has none. */
export function openNodeSqlite(path: string): SqlDatabase | undefined {
  const sqlite = load();
  if (!sqlite) return undefined;
  const database = named(() => new sqlite.DatabaseSync(path));
  return {
    prepare(sql) {
      const statement = named(() => database.prepare(sql));
      statement.setReturnArrays?.(true);
      return {
        run: (...values) => void named(() => statement.run(...bound(values))),
        row(...values) {
          const row = named(() => statement.get(...bound(values)));
          return row === undefined ? undefined : asRow(row);
        },
        rows: (...values) => named(() => statement.all(...bound(values))).map(asRow),
      };
    },
    exec: (sql) => named(() => database.exec(sql)),
    close: () => named(() => database.close()),
  };
}
