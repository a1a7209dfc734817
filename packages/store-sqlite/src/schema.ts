import { type Connection, value } from './connection.js';
import { codeOf, invalid } from './failure.js';
import { requireKnownSchema } from './known-schema.js';

/** `SFEV`: marks the file as an evidence store, as `file(1)` and SQLite's header carry it. */
export const APPLICATION_ID = 0x53_46_45_56;
/** The layout below; another number is refused. */
export const SCHEMA_VERSION = 1;

/** Measured: rows of many records are wide, and larger pages write them faster. */
const PAGE_BYTES = 16384;

/** Records covered by one segment of the index: larger is slower to write, smaller slower to search. */
export const SEGMENT_RECORDS = 8192;

// `posting` is cut into segments: traces have random names, and one tree over all of them would touch
// a page per trace at every commit. Inside the newest segment they share a few pages.
// `batch` is narrow so that sizes and times are found without touching the contents, and in
// `content` the wide column comes last so that leaves are read without walking over the bytes.
/** The tables of a store of this version. */
export const TABLES = `
CREATE TABLE batch (
  first INTEGER PRIMARY KEY,
  count INTEGER NOT NULL,
  min_time REAL NOT NULL,
  max_time REAL NOT NULL
) STRICT;
CREATE TABLE content (
  first INTEGER PRIMARY KEY,
  ends BLOB NOT NULL,
  times BLOB NOT NULL,
  leaves BLOB NOT NULL,
  kids TEXT,
  macs BLOB,
  bytes BLOB NOT NULL
) STRICT;
CREATE TABLE disclosure (first INTEGER PRIMARY KEY, entries TEXT NOT NULL, bytes BLOB NOT NULL) STRICT;
CREATE TABLE segment (id INTEGER PRIMARY KEY) STRICT;
CREATE TABLE posting (
  segment INTEGER NOT NULL,
  term TEXT NOT NULL,
  first INTEGER NOT NULL,
  members BLOB NOT NULL,
  PRIMARY KEY (segment, term, first)
) STRICT, WITHOUT ROWID;
CREATE TABLE idempotency (
  key TEXT PRIMARY KEY,
  request TEXT NOT NULL,
  first INTEGER NOT NULL,
  count INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE claim (name TEXT PRIMARY KEY, first INTEGER NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE derived (key TEXT PRIMARY KEY, value BLOB NOT NULL) STRICT;
CREATE TABLE lease (name TEXT PRIMARY KEY, holder TEXT NOT NULL, until REAL NOT NULL) STRICT, WITHOUT ROWID;
PRAGMA application_id = ${APPLICATION_ID};
PRAGMA user_version = ${SCHEMA_VERSION};
`;

/** The segment of the row that begins at an index. */
export function segmentOf(first: number): number {
  return Math.floor(first / SEGMENT_RECORDS);
}

/** The index that a segment begins at. */
export function firstOf(segment: number): number {
  return segment * SEGMENT_RECORDS;
}

type Found = 'nothing' | 'store';

function examine(connection: Connection): Found {
  const application = value(connection, 'PRAGMA application_id');
  const version = value(connection, 'PRAGMA user_version');
  const tables = value(connection, 'SELECT count(*) FROM sqlite_schema');
  if (application === 0 && version === 0 && tables === 0) return 'nothing';
  if (application !== APPLICATION_ID) throw invalid('other_application');
  if (version === SCHEMA_VERSION) return 'store';
  throw invalid('schema_version', { found: Number(version), supported: SCHEMA_VERSION });
}

/**
 * Creates the tables in an empty file, or checks that the file is a store of this version. Nothing
 * is written into a file that is neither.
 *
 * @throws {EventsError} `EVENTS_STORE_INVALID` for another application's file or another version.
 */
export function prepareSchema(connection: Connection): void {
  try {
    if (examine(connection) === 'store') {
      requireKnownSchema(connection, TABLES);
      return;
    }
  } catch (error) {
    if (codeOf(error) === 'SQLITE_NOTADB') throw invalid('not_a_database');
    throw error;
  }
  createSchema(connection);
}

/**
 * Checks that a file is a store of this version; writes nothing.
 *
 * @throws {EventsError} As {@link prepareSchema}.
 */
export function requireSchema(connection: Connection): void {
  try {
    if (examine(connection) === 'nothing') throw invalid('not_a_store');
    requireKnownSchema(connection, TABLES);
  } catch (error) {
    if (codeOf(error) === 'SQLITE_NOTADB') throw invalid('not_a_database');
    throw error;
  }
}

function createSchema(connection: Connection): void {
  connection.exec(`PRAGMA page_size = ${PAGE_BYTES}`);
  connection.exec('PRAGMA journal_mode = WAL');
  connection.exec('BEGIN IMMEDIATE');
  try {
    // Another process may have made the tables while this one waited for the lock.
    if (examine(connection) === 'nothing') connection.exec(TABLES);
    connection.exec('COMMIT');
  } catch (error) {
    connection.exec('ROLLBACK');
    throw error;
  }
}
