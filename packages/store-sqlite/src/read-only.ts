import { copyFileSync, existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { type Connection, connect } from './connection.js';
import type { SqliteDriver } from './driver.js';
import { codeOf, unavailable } from './failure.js';
import { examinePath } from './path.js';
import { makeReadOnly } from './pragmas.js';
import { requireSchema } from './schema.js';

/** A store opened for reading alone. */
export interface ReadOnlyPlace {
  /** Absolute path of the database file. */
  readonly path: string;
  /** What SQLite opened: the file, or a copy of it. */
  readonly opened: string;
  readonly connection: Connection;
  /** Removes the copy, where one was made. */
  dispose(): void;
}

/** How a store is opened for reading alone. */
export interface ReadOnlyOptions {
  readonly path: string;
  readonly busyTimeoutMs: number;
  readonly driver: SqliteDriver;
  /** The largest file, with its write-ahead log, that is copied where nothing else works. */
  readonly maxCopyBytes: number;
}

const uriOf = (path: string, parameters: string): string =>
  `${pathToFileURL(path).href}?${parameters}`;

function open(uri: string, { busyTimeoutMs, driver }: ReadOnlyOptions): Connection {
  const connection = connect(uri, busyTimeoutMs, driver);
  try {
    requireSchema(connection);
    makeReadOnly(connection);
    return connection;
  } catch (error) {
    connection.close();
    throw error;
  }
}

/** What SQLite says when it cannot make or map the side files of a write-ahead log. */
const NO_SIDE_FILES = new Set([
  'SQLITE_CANTOPEN',
  'SQLITE_READONLY',
  'SQLITE_READONLY_CANTINIT',
  'SQLITE_READONLY_RECOVERY',
  'SQLITE_IOERR',
  'SQLITE_FULL',
  'SQLITE_PROTOCOL',
]);

function openCopy(path: string, bytes: number, options: ReadOnlyOptions): ReadOnlyPlace {
  if (bytes > options.maxCopyBytes) throw unavailable('too_large_to_copy');
  const folder = mkdtempSync(join(tmpdir(), 'spanforge-read-'));
  const dispose = (): void => rmSync(folder, { recursive: true, force: true });
  const opened = join(folder, 'evidence.db');
  try {
    copyFileSync(path, opened);
    if (existsSync(`${path}-wal`)) copyFileSync(`${path}-wal`, `${opened}-wal`);
    const uri = uriOf(opened, 'mode=ro');
    return { path, opened: uri, connection: open(uri, options), dispose };
  } catch (error) {
    dispose();
    throw error;
  }
}

/**
 * Opens a store without writing beside it or into it.
 *
 * Without a write-ahead log nobody has the file open, and what it holds is all there is: SQLite then
 * reads it as a file that nobody changes. With one, both side files must be there, as they are while
 * another process has the store open. Otherwise, such as for the copy of a store that was not closed in
 * a folder that cannot be written to, file and log are copied to the temporary folder.
 */
export function openReadOnly(options: ReadOnlyOptions): ReadOnlyPlace {
  const { path, bytes, wal, shm } = examinePath(options.path);
  const inPlace = (parameters: string): ReadOnlyPlace => {
    const uri = uriOf(path, parameters);
    return { path, opened: uri, connection: open(uri, options), dispose: () => undefined };
  };
  if (wal === undefined || (wal === 0 && shm === undefined)) return inPlace('immutable=1');
  if (shm !== undefined) {
    try {
      return inPlace('mode=ro');
    } catch (error) {
      if (!NO_SIDE_FILES.has(codeOf(error))) throw error;
    }
  }
  return openCopy(path, bytes + wal, options);
}
