// src/write.ts

// src/disclosure-files.ts
import { createHash } from 'node:crypto';
import {
  closeSync,
  constants,
  fsyncSync,
  lstatSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  statSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';

// ../core-events/src/error.ts
var BRAND = /* @__PURE__ */ Symbol.for('spanforge.core-events.error');
var EventsError = class extends Error {
  code;
  details;
  [BRAND] = true;
  constructor(code, message, options = {}) {
    super(message, options.cause === void 0 ? void 0 : { cause: options.cause });
    this.name = 'EventsError';
    this.code = code;
    this.details = options.details ?? {};
  }
  /** True for an error of this class, whichever copy of the package made it. */
  static is(value2) {
    return typeof value2 === 'object' && value2 !== null && BRAND in value2;
  }
};

// src/failure.ts
var PASSING = /* @__PURE__ */ new Set([
  'SQLITE_BUSY',
  'SQLITE_LOCKED',
  'SQLITE_FULL',
  'SQLITE_READONLY',
  'ENOSPC',
]);
function codeOf(error) {
  const code = typeof error === 'object' && error !== null && 'code' in error ? error.code : '';
  return typeof code === 'string' && code !== '' ? code : 'unknown';
}
function judge(error) {
  return PASSING.has(codeOf(error)) ? 'passing' : 'final';
}
function unavailable(reason, cause) {
  return new EventsError('EVENTS_STORE_UNAVAILABLE', `the SQLite store cannot answer: ${reason}`, {
    details: { reason, ...(cause === void 0 ? {} : { sqlite: codeOf(cause) }) },
    ...(cause === void 0 ? {} : { cause }),
  });
}
function invalid(reason, details = {}) {
  return new EventsError('EVENTS_STORE_INVALID', `not a usable SQLite store: ${reason}`, {
    details: { reason, ...details },
  });
}

// src/disclosure-files.ts
var { O_CREAT, O_DIRECTORY, O_NOFOLLOW, O_RDONLY, O_TRUNC, O_WRONLY } = constants;
var MAX_INLINE_BYTES = 1024 * 1024;
function disclosureFolder(path) {
  return `${path}-disclosures`;
}
function digestOf(bytes) {
  return createHash('sha256').update(bytes).digest('hex');
}
function writeAll(file, bytes) {
  let written = 0;
  while (written < bytes.length) written += writeSync(file, bytes, written);
}
function syncFolder(folder) {
  const handle = openSync(folder, O_RDONLY | O_DIRECTORY);
  try {
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}
function makeFolder(path) {
  const folder = disclosureFolder(path);
  const stats = lstatSync(folder, { throwIfNoEntry: false });
  if (stats && !stats.isDirectory()) throw invalid('disclosure_folder');
  if (!stats) {
    mkdirSync(folder, { mode: 448 });
    syncFolder(join(folder, '..'));
  }
  return folder;
}
function writeDisclosureFile(path, bytes) {
  const folder = makeFolder(path);
  const name = digestOf(bytes);
  const temporary = join(folder, `${name}.tmp-${process.pid}`);
  const file = openSync(temporary, O_CREAT | O_TRUNC | O_WRONLY | O_NOFOLLOW, 384);
  try {
    writeAll(file, bytes);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
  renameSync(temporary, join(folder, name));
  syncFolder(folder);
  return name;
}

// src/disclosures.ts
function packOf(packet, range, path) {
  const entries = [];
  const parts = [];
  let offset = 0;
  for (const { record, name, digest, length } of packet.disclosures) {
    const text = packet.disclosureBytes.subarray(offset, offset + length);
    offset += length;
    if (record < range.from || record >= range.to) continue;
    const large = length > MAX_INLINE_BYTES;
    if (!large) parts.push(text);
    const where = large ? writeDisclosureFile(path, text) : length;
    entries.push([record - range.from, name, digest, where]);
  }
  if (entries.length === 0) return void 0;
  return { entries: JSON.stringify(entries), bytes: Buffer.concat(parts) };
}

// src/row.ts
var MAX_ROW_RECORDS = 4096;
var MAX_ROW_BYTES = 512 * 1024;
function startOf(ends, record) {
  return record === 0 ? 0 : (ends[record - 1] ?? 0);
}
function cutRows(packet, range) {
  const rows = [];
  let from = range.from;
  for (let at = range.from; at < range.to; at++) {
    const bytes = (packet.ends[at] ?? 0) - startOf(packet.ends, from);
    if (at > from && (bytes > MAX_ROW_BYTES || at - from >= MAX_ROW_RECORDS)) {
      rows.push({ from, to: at });
      from = at;
    }
  }
  rows.push({ from, to: range.to });
  return rows;
}
function macsOf(packet, { from, to }) {
  if (!packet.kidOf.subarray(from, to).some((kid) => kid > 0)) return { kids: null, macs: null };
  const macs = Buffer.allocUnsafe((to - from) * 34);
  for (let at = from; at < to; at++) {
    const offset = macs.writeUInt16LE(packet.kidOf[at] ?? 0, (at - from) * 34);
    macs.set(packet.tags.subarray(at * 32, at * 32 + 32), offset);
  }
  return { kids: JSON.stringify(packet.kids), macs };
}
function rowOf(packet, range) {
  const { from, to } = range;
  const start = startOf(packet.ends, from);
  const ends = Buffer.allocUnsafe((to - from) * 4);
  const times = Buffer.allocUnsafe((to - from) * 8);
  let minTime = Number.POSITIVE_INFINITY;
  let maxTime = Number.NEGATIVE_INFINITY;
  for (let at = from; at < to; at++) {
    const time = packet.times[at] ?? 0;
    ends.writeUInt32LE((packet.ends[at] ?? 0) - start, (at - from) * 4);
    times.writeDoubleLE(time, (at - from) * 8);
    minTime = Math.min(minTime, time);
    maxTime = Math.max(maxTime, time);
  }
  return {
    count: to - from,
    minTime,
    maxTime,
    ends,
    times,
    leaves: packet.leaves.subarray(from * 32, to * 32),
    ...macsOf(packet, range),
    bytes: packet.bytes.subarray(start, startOf(packet.ends, to)),
  };
}
function postingsOf(packet, { from, to }) {
  const positions = /* @__PURE__ */ new Map();
  for (let at = from; at < to; at++) {
    for (let ref = startOf(packet.termEnds, at); ref < (packet.termEnds[at] ?? 0); ref++) {
      const term = packet.termIds[ref] ?? 0;
      const list = positions.get(term);
      if (list) list.push(at - from);
      else positions.set(term, [at - from]);
    }
  }
  const postings = /* @__PURE__ */ new Map();
  for (const [term, list] of positions) postings.set(packet.terms[term] ?? '', encodeMembers(list));
  return postings;
}
function encodeMembers(positions) {
  const members = Buffer.allocUnsafe(positions.length * 2);
  for (const [at, position] of positions.entries()) members.writeUInt16LE(position, at * 2);
  return members;
}

// src/connection.ts
import Database from 'libsql';

function prepare(database, sql) {
  const statement = database.prepare(sql);
  if (statement.reader) statement.raw();
  return {
    // The values go in one array: a single blob would be taken for an object of named values.
    run: (...values) => void statement.run(values),
    row: (...values) => statement.get(values),
    rows: (...values) => statement.all(values),
  };
}
function connect(path, busyTimeoutMs) {
  const database = new Database(path, { timeout: busyTimeoutMs });
  const statements = /* @__PURE__ */ new Map();
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
function value(connection, sql) {
  return connection.statement(sql).row()?.[0] ?? null;
}

// src/schema.ts
var APPLICATION_ID = 1397114198;
var SCHEMA_VERSION = 1;
var SEGMENT_RECORDS = 16384;
var TABLES = `
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
function segmentOf(first) {
  return Math.floor(first / SEGMENT_RECORDS);
}
function examine(connection) {
  const application = value(connection, 'PRAGMA application_id');
  const version = value(connection, 'PRAGMA user_version');
  const tables = value(connection, 'SELECT count(*) FROM sqlite_schema');
  if (application === 0 && version === 0 && tables === 0) return 'nothing';
  if (application !== APPLICATION_ID) throw invalid('other_application');
  if (version === SCHEMA_VERSION) return 'store';
  throw invalid('schema_version', { found: Number(version), supported: SCHEMA_VERSION });
}
function prepareSchema(connection, pageSize) {
  try {
    if (examine(connection) === 'store') return;
  } catch (error) {
    if (codeOf(error) === 'SQLITE_NOTADB') throw invalid('not_a_database');
    throw error;
  }
  connection.exec(`PRAGMA page_size = ${pageSize}`);
  connection.exec('PRAGMA journal_mode = WAL');
  connection.exec('BEGIN IMMEDIATE');
  try {
    if (examine(connection) === 'nothing') connection.exec(TABLES);
    connection.exec('COMMIT');
  } catch (error) {
    connection.exec('ROLLBACK');
    throw error;
  }
}

// src/commit.ts
function sizeOf(connection) {
  const tail = 'SELECT first + count FROM batch ORDER BY first DESC LIMIT 1';
  return Number(connection.statement(tail).row()?.[0] ?? 0);
}
function decide(connection, group, next) {
  if (group.idempotency) {
    const { key, request } = group.idempotency;
    const known = connection
      .statement('SELECT request, first, count FROM idempotency WHERE key = ?')
      .row(key);
    if (known && known[0] !== request) return { status: 'conflict' };
    if (known) return { status: 'duplicate', first: Number(known[1]), count: Number(known[2]) };
  }
  if (group.claim === void 0) return { status: 'stored', first: next };
  const taken = connection.statement('SELECT first FROM claim WHERE name = ?').row(group.claim);
  return taken ? { status: 'claimed', by: Number(taken[0]) } : { status: 'stored', first: next };
}
function take(connection, group, first) {
  if (group.idempotency) {
    connection
      .statement('INSERT INTO idempotency VALUES (?, ?, ?, ?)')
      .run(group.idempotency.key, group.idempotency.request, first, group.count);
  }
  if (group.claim !== void 0) {
    connection.statement('INSERT INTO claim VALUES (?, ?)').run(group.claim, first);
  }
}
function insertRow(connection, packet, range, first, path) {
  const row = rowOf(packet, range);
  connection
    .statement('INSERT INTO batch VALUES (?, ?, ?, ?)')
    .run(first, row.count, row.minTime, row.maxTime);
  connection
    .statement('INSERT INTO content VALUES (?, ?, ?, ?, ?, ?, ?)')
    .run(first, row.ends, row.times, row.leaves, row.kids, row.macs, row.bytes);
  const segment = segmentOf(first);
  connection.statement('INSERT OR IGNORE INTO segment VALUES (?)').run(segment);
  const post = connection.statement('INSERT INTO posting VALUES (?, ?, ?, ?)');
  for (const [term, members] of postingsOf(packet, range)) post.run(segment, term, first, members);
  const pack2 = packOf(packet, range, path);
  if (pack2) {
    connection
      .statement('INSERT INTO disclosure VALUES (?, ?, ?)')
      .run(first, pack2.entries, pack2.bytes);
  }
}
function keptRanges(groups, results) {
  const ranges = [];
  let at = 0;
  for (const [index, { count }] of groups.entries()) {
    const last = ranges.at(-1);
    if (results[index]?.status === 'stored') {
      if (last?.to === at) last.to = at + count;
      else ranges.push({ from: at, to: at + count });
    }
    at += count;
  }
  return ranges;
}
function storePacket(connection, packet, path) {
  const size = sizeOf(connection);
  let next = size;
  const results = packet.groups.map((group) => {
    const result = decide(connection, group, next);
    if (result.status === 'stored') {
      take(connection, group, next);
      next += group.count;
    }
    return result;
  });
  let first = size;
  for (const kept of keptRanges(packet.groups, results)) {
    for (const range of cutRows(packet, kept)) {
      insertRow(connection, packet, range, first, path);
      first += range.to - range.from;
    }
  }
  return results;
}

// src/pragmas.ts
function expectPragma(connection, name, expected) {
  const found = value(connection, `PRAGMA ${name}`);
  if (found !== expected) throw invalid('durability', { pragma: name, found: String(found) });
}
function makeDurable(connection) {
  connection.exec('PRAGMA synchronous = FULL');
  connection.exec('PRAGMA fullfsync = ON');
  connection.exec('PRAGMA checkpoint_fullfsync = ON');
  value(connection, 'PRAGMA wal_autocheckpoint = 0');
  connection.exec('PRAGMA cache_size = -32768');
  expectPragma(connection, 'journal_mode', 'wal');
  expectPragma(connection, 'synchronous', 2);
  expectPragma(connection, 'fullfsync', 1);
  expectPragma(connection, 'wal_autocheckpoint', 0);
  expectPragma(connection, 'locking_mode', 'normal');
}

// src/write.ts
function takeLease(connection, ...[name, holder, nowMs, ttlMs]) {
  const current = connection.statement('SELECT holder, until FROM lease WHERE name = ?').row(name);
  if (current && current[0] !== holder && Number(current[1]) > nowMs) return false;
  connection
    .statement('INSERT OR REPLACE INTO lease VALUES (?, ?, ?)')
    .run(name, holder, nowMs + ttlMs);
  return true;
}
function createTransactions(connection) {
  let poisoned;
  return {
    poisoned: () => poisoned !== void 0,
    run(work) {
      if (poisoned !== void 0) throw unavailable('poisoned', poisoned);
      try {
        connection.exec('BEGIN IMMEDIATE');
        const result = work();
        connection.exec('COMMIT');
        return result;
      } catch (error) {
        if (judge(error) === 'final') poisoned = error;
        try {
          connection.exec('ROLLBACK');
        } catch {}
        throw unavailable(poisoned === void 0 ? 'not_written' : 'poisoned', error);
      }
    },
  };
}
function checkpoint(connection) {
  connection.exec('BEGIN IMMEDIATE');
  connection.exec('COMMIT');
  value(connection, 'PRAGMA wal_checkpoint(TRUNCATE)');
}
function walBytes(path) {
  return statSync(`${path}-wal`, { throwIfNoEntry: false })?.size ?? 0;
}
function openWriter(options) {
  const { path, busyTimeoutMs, pageSize, walLimitBytes } = options;
  const connection = connect(path, busyTimeoutMs);
  prepareSchema(connection, pageSize);
  makeDurable(connection);
  checkpoint(connection);
  const transactions = createTransactions(connection);
  let walLimit = walLimitBytes;
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
    lease: (...request) => transactions.run(() => takeLease(connection, ...request)),
    tidy() {
      const before = transactions.poisoned() ? 0 : walBytes(path);
      if (before < walLimit) return;
      checkpoint(connection);
      walLimit = Math.max(walLimitBytes, walBytes(path) * 2);
    },
    close: () => connection.close(),
  };
}

// src/packet.ts
function createNumbering() {
  const ids = /* @__PURE__ */ new Map();
  return {
    of(text) {
      const known = ids.get(text);
      if (known !== void 0) return known;
      ids.set(text, ids.size);
      return ids.size - 1;
    },
    all: () => [...ids.keys()],
  };
}
function join2(parts, ends) {
  let length = 0;
  for (const [at, part] of parts.entries()) {
    length += part.length;
    if (ends) ends[at] = length;
  }
  const joined = new Uint8Array(length);
  let offset = 0;
  for (const part of parts) {
    joined.set(part, offset);
    offset += part.length;
  }
  return joined;
}
function packTerms(records) {
  const numbering = createNumbering();
  const termIds = [];
  const termEnds = new Uint32Array(records.length);
  for (const [at, record] of records.entries()) {
    const start = termIds.length;
    for (const term of record.terms) {
      const id = numbering.of(term);
      if (!termIds.includes(id, start)) termIds.push(id);
    }
    termEnds[at] = termIds.length;
  }
  return { terms: numbering.all(), termIds: Uint32Array.from(termIds), termEnds };
}
function packMacs(records) {
  const numbering = createNumbering();
  const kidOf = new Uint16Array(records.length);
  const tags = new Uint8Array(records.length * 32);
  for (const [at, { mac }] of records.entries()) {
    if (!mac) continue;
    kidOf[at] = numbering.of(mac.kid) + 1;
    tags.set(mac.tag, at * 32);
  }
  return { kids: numbering.all(), kidOf, tags };
}
function packDisclosures(records) {
  const all = [];
  for (const [record, { disclosures: disclosures2 }] of records.entries()) {
    for (const disclosure of disclosures2) all.push({ record, disclosure });
  }
  const lengths = all.map(({ disclosure }) => Buffer.byteLength(disclosure.encoded));
  const disclosureBytes = new Uint8Array(lengths.reduce((sum, length) => sum + length, 0));
  const view = Buffer.from(disclosureBytes.buffer);
  let offset = 0;
  const disclosures = all.map(({ record, disclosure }, at) => {
    const { name, digest, encoded } = disclosure;
    const length = lengths[at] ?? 0;
    view.write(encoded, offset, length);
    offset += length;
    return { record, name, digest, length };
  });
  return { disclosures, disclosureBytes };
}
function pack(groups) {
  const records = groups.flatMap((group) => group.records);
  const ends = new Uint32Array(records.length);
  return {
    groups: groups.map(({ records: own, ...rest }) => ({ ...rest, count: own.length })),
    ends,
    bytes: join2(
      records.map((record) => record.bytes),
      ends,
    ),
    times: Float64Array.from(records, (record) => record.timeMs),
    leaves: join2(records.map((record) => record.leaf)),
    ...packMacs(records),
    ...packTerms(records),
    ...packDisclosures(records),
  };
}

export { openWriter, pack };
