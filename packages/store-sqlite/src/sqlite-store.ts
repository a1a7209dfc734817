import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import type { CounterEntry, CounterRows, CounterStore, CounterSum } from '@spanforge/core-events';
import {
  checkCounterEntry,
  type EvidenceStore,
  type StoreBlockResult,
  type StoreBlocks,
  type StoreDerivedRemoval,
  type StoreErasure,
  type StoreGroup,
  type StoreGroupResult,
  type StoreInspection,
  type StoreLeafHashing,
  type StoreLeases,
  type StoreManyDisclosures,
  type StoreRows,
  type StoreTaken,
  type StoreTermComparison,
  type StoreTerms,
  type StoreTimes,
  type StoreUnchanged,
} from '@spanforge/core-events/log';
import { sizeOf } from './commit.js';
import { type Connection, connect } from './connection.js';
import { findCounted } from './counters.js';
import { chooseDriver, type SqliteDriver } from './driver.js';
import { asEventsError } from './events-error.js';
import { unavailable } from './failure.js';
import { find } from './find.js';
import { hashLeaves } from './leaf-hashes.js';
import { pack, packBlock, transferable } from './packet.js';
import { preparePath } from './path.js';
import { makeReadOnly } from './pragmas.js';
import {
  listDerived,
  listLeases,
  readDerived,
  readDisclosures,
  readLeaves,
  readRecords,
  readRows,
} from './read.js';
import { openReadOnly } from './read-only.js';
import { hasTerms } from './same-terms.js';
import { findTaken, listClaims, listKeys } from './taken.js';
import { readTerms } from './terms.js';
import { readTimes } from './times.js';
import { watchFiles } from './unchanged.js';
import { startWriter, type WriterThread } from './writer-thread.js';

/** How a store is opened. */
export interface SqliteStoreOptions {
  /** The database file; it and the directories it needs are made when absent. */
  readonly path: string;
  /** How long to wait for another process that writes; 5000 when absent. */
  readonly busyTimeoutMs?: number;
  /** What the write-ahead log may hold before it is folded into the database; 4 MiB when absent. */
  readonly walLimitBytes?: number;
  /**
   * Reads alone: nothing is written, not even beside the file, so that a copy in a folder that cannot
   * be written to, or a store on a full disk, can be examined. Everything that writes rejects with
   * `EVENTS_STORE_UNAVAILABLE`, reason `read_only`.
   */
  readonly readOnly?: boolean;
  /**
   * The largest file that `readOnly` copies to the temporary folder: needed for a file with a
   * write-ahead log whose folder cannot be written to; 1 GiB when absent.
   */
  readonly maxCopyBytes?: number;
  /**
   * Which SQLite: `node` is the runtime's own, `libsql` the optional package. The runtime's where it has
   * one (Node.js 22.13 and newer) when absent. All processes may differ; within one process a file has
   * one.
   */
  readonly driver?: SqliteDriver;
}

/** An evidence store in one SQLite file. */
export interface SqliteStore
  extends EvidenceStore,
    StoreInspection,
    StoreTerms,
    StoreTimes,
    StoreDerivedRemoval,
    StoreTermComparison,
    StoreRows,
    StoreTaken,
    StoreLeases,
    StoreManyDisclosures,
    StoreLeafHashing,
    StoreBlocks,
    StoreErasure,
    StoreUnchanged {
  /** Absolute path of the database file. */
  readonly path: string;
  /**
   * Counts and budgets in the same file, as durable as the records; other processes that open the
   * file share them. They reject once the store is closed.
   */
  readonly counters: CounterStore & CounterRows;
}

async function inspectApart(place: OpenPlace, comparedTo: number): Promise<readonly string[]> {
  const { opened: path, busyTimeoutMs, driver } = place;
  const worker = new Worker(new URL('./inspector.js', import.meta.url), {
    workerData: { path, busyTimeoutMs, driver, comparedTo },
    execArgv: [],
  });
  const [faults] = (await once(worker, 'message')) as [readonly string[]];
  return faults;
}

/** What a store was opened from. */
interface OpenPlace {
  readonly path: string;
  /** What SQLite opens: the path, or what stands for it where it is only read. */
  readonly opened: string;
  readonly busyTimeoutMs: number;
  readonly driver: SqliteDriver;
  /** Absent where it is only read. */
  readonly requireUnchanged?: () => void;
}

/** Refuses everything that writes; there is no thread. */
function refusingWriter(connection: Connection): WriterThread {
  return {
    async request(request) {
      if (request.kind === 'hash') return hashLeaves(connection, request.first, request.count);
      throw asEventsError('read_only', unavailable('read_only'));
    },
    ended: async () => undefined,
  };
}

/** Runs reads on the calling thread until the store is closed. */
function createReads(connection: Connection) {
  let open = true;
  return {
    async run<T>(read: (connection: Connection) => T): Promise<T> {
      try {
        if (!open) throw unavailable('closed');
        return read(connection);
      } catch (error) {
        throw asEventsError('read', error);
      }
    },
    close(): void {
      if (open) connection.close();
      open = false;
    },
  };
}

function packed<Packed>(make: () => Packed): Packed {
  try {
    return make();
  } catch (error) {
    throw asEventsError('pack', error);
  }
}

function createStore(
  writer: WriterThread,
  connection: Connection,
  place: OpenPlace,
  dispose: () => void = () => undefined,
): SqliteStore {
  const { path } = place;
  const reads = createReads(connection);
  let closing: Promise<void> | undefined;
  const send: WriterThread['request'] = async (...request) => {
    if (closing) throw asEventsError('closed', unavailable('closed'));
    return writer.request(...request);
  };
  const count = async (given: CounterEntry): Promise<CounterSum> => {
    const entry = checkCounterEntry(given);
    return (await send({ kind: 'count', step: { kind: 'add', entry } })) as CounterSum;
  };
  const counters: CounterStore & CounterRows = {
    count,
    add: async (entry) => (await count(entry)).sum,
    find: (names) => reads.run((database) => findCounted(database, names)),
    replace: async (rows) => void (await send({ kind: 'count', step: { kind: 'replace', rows } })),
    remove: async (key, id) =>
      void (await send({ kind: 'count', step: { kind: 'remove', key, id } })),
  };
  const close = async () => {
    await writer.request({ kind: 'close' }).catch(() => undefined);
    await writer.ended();
    reads.close();
    dispose();
  };
  const append = async (groups: readonly StoreGroup[]) => {
    if (groups.length === 0) return [];
    const packet = packed(() => pack(groups));
    const answer = await send({ kind: 'append', packet }, transferable(packet));
    return answer as readonly StoreGroupResult[];
  };
  return {
    path,
    counters,
    size: () => reads.run(sizeOf),
    append,
    blocks: {
      insteadOf: append,
      async append(block, keys) {
        const packet = packed(() => packBlock(block, keys));
        const answer = await send({ kind: 'append', packet }, transferable(packet));
        return answer as StoreBlockResult;
      },
    },
    read: (first, count) => reads.run((database) => readRecords(database, first, count)),
    leaves: (first, count) => reads.run((database) => readLeaves(database, first, count)),
    hashLeaves: async (first, count) => (await send({ kind: 'hash', first, count })) as Uint8Array,
    find: (query) => reads.run((database) => find(database, query)),
    disclosures: (index) =>
      reads.run((database) => readDisclosures(database, [index], path)[0] ?? []),
    disclosuresOf: (indexes) => reads.run((database) => readDisclosures(database, indexes, path)),
    getDerived: (key) => reads.run((database) => readDerived(database, key)),
    putDerived: async (entries) => void (await send({ kind: 'put', entries })),
    removeDerived: async (keys) => void (await send({ kind: 'unput', keys })),
    listDerived: (prefix) => reads.run((database) => listDerived(database, prefix)),
    lease: async (name, holder, nowMs, ttlMs) =>
      (await send({ kind: 'lease', name, holder, nowMs, ttlMs })) === true,
    listLeases: () => reads.run(listLeases),
    breakLease: async (name) => (await send({ kind: 'break', name })) === true,
    readTerms: (first, count) => reads.run((database) => readTerms(database, first, count)),
    hasTerms: (expected) => reads.run((database) => hasTerms(database, expected)),
    rows: (first, count) => reads.run((database) => readRows(database, first, count)),
    replaceTerms: async (first, terms) => void (await send({ kind: 'terms', first, terms })),
    readTimes: (first, count) => reads.run((database) => readTimes(database, first, count)),
    replaceTimes: async (first, timesMs) => void (await send({ kind: 'times', first, timesMs })),
    findTaken: (claims, keys) => reads.run((database) => findTaken(database, claims, keys)),
    listClaims: (after, limit) => reads.run((database) => listClaims(database, after, limit)),
    listKeys: (after, limit) => reads.run((database) => listKeys(database, after, limit)),
    eraseDisclosures: async (indexes) => Number(await send({ kind: 'erase', indexes })),
    replaceTaken: async (change) => void (await send({ kind: 'taken', change })),
    requireUnchanged: () => reads.run(() => place.requireUnchanged?.()),
    inspect: async (comparedTo = 0) => {
      if (closing) throw asEventsError('closed', unavailable('closed'));
      return inspectApart(place, comparedTo).catch((error) => {
        throw asEventsError('inspect', error);
      });
    },
    close() {
      closing ??= close();
      return closing;
    },
  };
}

function openReading(place: OpenPlace, writer: WriterThread): Connection {
  try {
    const connection = connect(place.path, place.busyTimeoutMs, place.driver);
    makeReadOnly(connection);
    return connection;
  } catch (error) {
    writer.request({ kind: 'close' }).catch(() => undefined);
    throw error;
  }
}

/**
 * Opens the evidence store in a SQLite file, creating it when it does not exist.
 *
 * `append` resolves after the write-ahead log was flushed to the disk (`synchronous = FULL`,
 * verified at opening). Writing happens in a thread of its own; reading on the calling thread.
 * Several processes may open the same file. After a failed flush nothing more is acknowledged: every
 * write rejects with `EVENTS_STORE_UNAVAILABLE` until the file is opened anew.
 *
 * @throws {EventsError} `EVENTS_STORE_INVALID` when the path is a link, a directory or a device, the
 *   file belongs to another application or another schema version, or the durability settings do
 *   not take effect; `EVENTS_STORE_UNAVAILABLE` when it cannot be opened for another reason.
 */
export async function openSqliteStore(options: SqliteStoreOptions): Promise<SqliteStore> {
  const { busyTimeoutMs = 5000, walLimitBytes = 4 * 1024 * 1024 } = options;
  const { readOnly = false, maxCopyBytes = 1024 * 1024 * 1024 } = options;
  try {
    const driver = chooseDriver(options.driver);
    if (readOnly) {
      const read = openReadOnly({ path: options.path, busyTimeoutMs, driver, maxCopyBytes });
      const { path, opened, connection, dispose } = read;
      const place = { path, opened, busyTimeoutMs, driver };
      return createStore(refusingWriter(connection), connection, place, dispose);
    }
    const path = preparePath(options.path);
    const place = { path, opened: path, busyTimeoutMs, driver };
    const writer = await startWriter({ path, busyTimeoutMs, walLimitBytes, driver });
    const connection = openReading(place, writer);
    const requireUnchanged = watchFiles(path, connection, () =>
      connect(path, busyTimeoutMs, driver),
    );
    return createStore(writer, connection, { ...place, requireUnchanged });
  } catch (error) {
    throw asEventsError('open', error);
  }
}
