import type { CounterSum } from '@spanforge/core-events';
import type { StoreGroupResult, TakenChange } from '@spanforge/core-events/log';
import { storePacket } from './commit.js';
import { type Connection, connect, value } from './connection.js';
import { type CounterStep, count } from './counters.js';
import type { SqliteDriver } from './driver.js';
import { eraseFiles, eraseRows } from './erase-disclosures.js';
import { codeOf, isInvalid, judge, unavailable } from './failure.js';
import { requireKnownSchema } from './known-schema.js';
import { hashLeaves } from './leaf-hashes.js';
import type { Packet } from './packet.js';
import { makeDurable } from './pragmas.js';
import { prepareSchema, TABLES } from './schema.js';
import type { SqlValue } from './sql.js';
import { replaceTaken } from './taken.js';
import { replaceTerms } from './terms.js';
import { replaceTimes } from './times.js';
import { logReaches } from './write-ahead-log.js';

/** How a writer opens its database. */
export interface WriterOptions {
  readonly path: string;
  readonly busyTimeoutMs: number;
  readonly driver: SqliteDriver;
  /** What the write-ahead log may hold before it is folded into the database. */
  readonly walLimitBytes: number;
}

/** Everything that writes, one transaction each, durable when it returns. Not for the caller's thread. */
export interface Writer {
  append(packets: readonly Packet[]): readonly (readonly StoreGroupResult[])[];
  putDerived(entries: readonly (readonly [string, Uint8Array])[]): void;
  removeDerived(keys: readonly string[]): void;
  lease(name: string, holder: string, nowMs: number, ttlMs: number): boolean;
  breakLease(name: string): boolean;
  replaceTerms(first: number, terms: readonly (readonly string[])[]): void;
  replaceTimes(first: number, timesMs: Float64Array): void;
  replaceTaken(change: TakenChange): void;
  count(steps: readonly CounterStep[]): readonly CounterSum[];
  /** Takes disclosures out for good, and says how many; the write-ahead log holds none of it after. */
  eraseDisclosures(indexes: readonly number[]): number;
  /** The leaf hashes of the stored bytes. */
  hashLeaves(first: number, count: number): Uint8Array;
  /** Folds the write-ahead log into the database when it has grown past its limit. */
  tidy(): void;
  close(): void;
}

function takeLease(
  connection: Connection,
  ...[name, holder, nowMs, ttlMs]: Parameters<Writer['lease']>
): boolean {
  const current = connection.statement('SELECT holder, until FROM lease WHERE name = ?').row(name);
  if (current && current[0] !== holder && Number(current[1]) > nowMs) return false;
  connection
    .statement('INSERT OR REPLACE INTO lease VALUES (?, ?, ?)')
    .run(name, holder, nowMs + ttlMs);
  return true;
}

/** How long a process waits before it tries for the write lock again: a little, then twice that. */
const [FIRST_WAIT_MS, LONGEST_WAIT_MS] = [0.25, 1];

/**
 * Begins a write transaction, waiting for other processes. SQLite's own waiting sleeps up to 100 ms at a
 * time while the lock is held for a few: between several processes it would be free most of that time.
 */
function createBegin(connection: Connection, busyTimeoutMs: number): () => void {
  const sleeper = new Int32Array(new SharedArrayBuffer(4));
  return () => {
    let waitedMs = 0;
    for (let waitMs = FIRST_WAIT_MS; ; waitMs = Math.min(waitMs * 2, LONGEST_WAIT_MS)) {
      try {
        connection.exec('BEGIN IMMEDIATE');
        return;
      } catch (error) {
        if (!codeOf(error).startsWith('SQLITE_BUSY')) throw error;
        // However SQLite puts it, nothing was begun: the next attempt may succeed.
        if (waitedMs >= busyTimeoutMs) throw Object.assign(error as Error, { code: 'SQLITE_BUSY' });
        Atomics.wait(sleeper, 0, 0, waitMs);
        waitedMs += waitMs;
      }
    }
  };
}

/**
 * Requires, inside a write transaction, that the tables are still those of this version: a trigger that
 * came while the store was open could delete each claim as it is written. SQLite counts changes of the
 * schema in the file's header; who sets the count back keeps the change from this connection too.
 */
function createSchemaCheck(connection: Connection): () => void {
  let known: SqlValue | undefined;
  return () => {
    const version = value(connection, 'PRAGMA schema_version');
    if (version === known) return;
    requireKnownSchema(connection, TABLES);
    known = version;
  };
}

/** Undoes the open transaction; false where there is none, as after a BEGIN that failed. */
function rollBack(connection: Connection): boolean {
  try {
    connection.exec('ROLLBACK');
    return true;
  } catch {
    return false;
  }
}

/** Runs work in write transactions until one fails in a way that leaves the disk in doubt. */
function createTransactions(connection: Connection, begin: () => void) {
  let poisoned: unknown;
  const checkSchema = createSchemaCheck(connection);
  return {
    poisoned: () => poisoned !== undefined,
    /** Notes an error outside of a transaction. */
    note(error: unknown): void {
      if (judge(error) === 'final') poisoned ??= error;
    },
    run<T>(work: () => T): T {
      if (poisoned !== undefined) throw unavailable('poisoned', poisoned);
      try {
        begin();
        checkSchema();
        const result = work();
        connection.exec('COMMIT');
        return result;
      } catch (error) {
        const undone = rollBack(connection);
        // What we refuse ourselves, such as another schema, is refused before the commit: writing goes on
        // once it is gone.
        if (undone && isInvalid(error)) throw error;
        if (judge(error) === 'final') poisoned = error;
        throw unavailable(poisoned === undefined ? 'not_written' : 'poisoned', error);
      }
    },
  };
}

/** How other processes are waited for. */
interface Waits {
  readonly begin: () => void;
  readonly busyTimeoutMs: number;
}

/**
 * Folds the write-ahead log into the database, holding the write lock throughout; false when a
 * reader or another process held it up. When the lock cannot be had SQLite would go on without it,
 * so the lock is tried first; see `makeDurable`.
 *
 * `FULL` leaves the log's file as long as it is, for the next commits to write over: flushing those is
 * quicker than flushing a file that grows. `TRUNCATE` leaves nothing behind.
 */
function fold(
  connection: Connection,
  mode: 'FULL' | 'TRUNCATE',
  { begin, busyTimeoutMs }: Waits,
): boolean {
  begin();
  connection.exec('COMMIT');
  // Folding has to wait for the lock by itself: without it, it would go on and not hold the lock.
  connection.exec(`PRAGMA busy_timeout = ${Math.trunc(busyTimeoutMs)}`);
  try {
    return value(connection, `PRAGMA wal_checkpoint(${mode})`) === 0;
  } finally {
    connection.exec('PRAGMA busy_timeout = 0');
  }
}

/** Tries to leave nothing in the write-ahead log while readers come and go. */
function foldAway(connection: Connection, waits: Waits): boolean {
  for (let tries = 0; tries < FOLD_TRIES; tries += 1) {
    if (fold(connection, 'TRUNCATE', waits)) return true;
  }
  return false;
}

const FOLD_TRIES = 10;

/** How many limits the log may hold after a long reader, say, held its folding up. */
const HELD_UP_LIMITS = 16;

/** @throws {EventsError} when the file cannot be opened as a durable store; see its reason. */
export function openWriter(options: WriterOptions): Writer {
  const { path, busyTimeoutMs, walLimitBytes, driver } = options;
  const connection = connect(path, busyTimeoutMs, driver);
  prepareSchema(connection);
  makeDurable(connection);
  // Where folding was held up, the file shrinks again afterwards.
  value(connection, `PRAGMA journal_size_limit = ${walLimitBytes * 4}`);
  // What a crashed or failed process left in the write-ahead log may be in the page cache only,
  // after a flush that failed: copying it into the database writes and flushes it anew.
  const begin = createBegin(connection, busyTimeoutMs);
  const waits = { begin, busyTimeoutMs };
  fold(connection, 'TRUNCATE', waits);
  const transactions = createTransactions(connection, begin);
  let limit = walLimitBytes;
  return {
    append: (packets) =>
      transactions.run(() => packets.map((packet) => storePacket(connection, packet, path))),
    putDerived: (entries) =>
      transactions.run(() => {
        const put = connection.statement(
          'INSERT INTO derived VALUES (?, ?) ON CONFLICT DO UPDATE SET value = excluded.value',
        );
        for (const [key, bytes] of entries) put.run(key, bytes);
      }),
    removeDerived: (keys) =>
      transactions.run(() => {
        const remove = connection.statement('DELETE FROM derived WHERE key = ?');
        for (const key of keys) remove.run(key);
      }),
    lease: (...request) => transactions.run(() => takeLease(connection, ...request)),
    breakLease: (name) =>
      transactions.run(() => {
        const found = connection.statement('SELECT 1 FROM lease WHERE name = ?').row(name);
        connection.statement('DELETE FROM lease WHERE name = ?').run(name);
        return found !== undefined;
      }),
    replaceTerms: (first, terms) => transactions.run(() => replaceTerms(connection, first, terms)),
    replaceTimes: (first, timesMs) =>
      transactions.run(() => replaceTimes(connection, first, timesMs)),
    replaceTaken: (change) => transactions.run(() => replaceTaken(connection, change)),
    count: (steps) => transactions.run(() => count(connection, steps)),
    eraseDisclosures(indexes) {
      // What is freed is written over with zeros; what is freed otherwise need not be.
      value(connection, 'PRAGMA secure_delete = ON');
      try {
        const erased = transactions.run(() => eraseRows(connection, indexes));
        eraseFiles(path, erased);
        if (!foldAway(connection, waits)) throw unavailable('not_folded');
        return erased.count;
      } finally {
        value(connection, 'PRAGMA secure_delete = OFF');
      }
    },
    tidy() {
      if (transactions.poisoned() || !logReaches(path, limit)) return;
      let folded = false;
      try {
        folded = fold(connection, 'FULL', waits);
      } catch (error) {
        transactions.note(error);
      }
      // What held it up may last: then it is not tried again at every commit.
      limit = folded ? walLimitBytes : Math.max(limit * 2, walLimitBytes * HELD_UP_LIMITS);
    },
    hashLeaves: (first, count) => hashLeaves(connection, first, count),
    close: () => connection.close(),
  };
}
