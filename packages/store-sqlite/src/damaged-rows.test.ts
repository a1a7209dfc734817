import { join } from 'node:path';
import { createMemoryMark, fsck, openEvidenceLog, reindex } from '@spanforge/core-events/log';
import { scopeV1 } from '@spanforge/core-events/records';
import { openSqliteStore, type SqliteStore } from '@spanforge/store-sqlite';
import { describe, expect, it } from 'vitest';
import { inFolder } from '../test/folder.js';
import { connect } from './connection.js';

const origin = 'log.example/damaged';
const hmac = { kid: 'k', secret: Uint8Array.from({ length: 32 }, (_, at) => at * 7) };
const context = {
  tenant: 'acme',
  project: 'p',
  env: 'prod',
  run: 'r',
  agent: 'a',
  actor: 'b',
  source: 'test@1.0.0',
};

const draft = (traceId: string) => ({
  type: scopeV1.key,
  context: { ...context, traceId },
  body: scopeV1.toWire({
    agentId: 'a',
    resource: 'x',
    action: 'read',
    outcome: 'allow',
    allowed: true,
    reason: 'granted',
    reasonCode: 'granted',
  }),
});

/** A log of four rows: the opening record, then one row for each trace. */
async function inLog(use: (store: SqliteStore, sql: (text: string) => void) => Promise<void>) {
  await inFolder(async (folder) => {
    const store = await openSqliteStore({ path: join(folder, 'evidence.db') });
    const log = await openEvidenceLog({ store, origin, writer: 'w', hmac });
    for (const trace of ['t1', 't2', 't3']) {
      await log.append([draft(trace), draft(trace)], { idempotencyKey: trace });
    }
    await use(store, (text) => {
      const database = connect(store.path, 0);
      database.exec(text);
      database.close();
    });
    await store.close();
  });
}

async function check(store: SqliteStore) {
  const log = await openEvidenceLog({ store, origin, writer: 'w', hmac });
  const report = await fsck({ log, mark: createMemoryMark() });
  return { log, report };
}

// t2 has records 3 and 4.
const ROW = 'WHERE first = 3';

describe('a row that cannot be read', () => {
  it.each([
    ['kids that are no JSON', `UPDATE content SET kids = '${'['.repeat(50_000)}' ${ROW}`],
    ['kids that are no list', `UPDATE content SET kids = '{"0":"k"}' ${ROW}`],
    ['ends of another count', `UPDATE content SET ends = zeroblob(4000000) ${ROW}`],
    ['ends behind its bytes', `UPDATE content SET ends = x'ffffff7fffffffff' ${ROW}`],
    ['ends that go back', `UPDATE content SET ends = x'0900000001000000' ${ROW}`],
    ['leaves of another count', `UPDATE content SET leaves = x'00' ${ROW}`],
    ['macs of another count', `UPDATE content SET macs = x'00' ${ROW}`],
    ['ends that are huge', `UPDATE content SET ends = zeroblob(2000000) ${ROW}`],
    ['leaves that are huge', `UPDATE content SET leaves = zeroblob(2000000) ${ROW}`],
    ['macs that are huge', `UPDATE content SET macs = zeroblob(2000000) ${ROW}`],
    [
      'kids that are huge',
      `UPDATE content SET kids = json_array(CAST(zeroblob(400000) AS TEXT)) ${ROW}`,
    ],
    ['bytes that are huge', `UPDATE content SET bytes = zeroblob(2000000) ${ROW}`],
  ])('%s: fsck names its records and goes on behind them; other rows are read', (_, text) =>
    inLog(async (store, sql) => {
      sql(text);
      const { log, report } = await check(store);
      const named = report.findings.filter(({ index }) => index === 3 || index === 4);
      expect(named.map(({ index }) => index)).toEqual(expect.arrayContaining([3, 4]));
      expect(report.findings.filter(({ index }) => index !== undefined && index > 4)).toEqual([]);
      const bytesGone = ['not_a_record', 'leaf_mismatch'];
      expect(named.filter(({ code }) => bytesGone.includes(code))).toHaveLength(2);
      expect(report.size).toBe(7);
      for (const traceId of ['t1', 't3']) {
        expect((await log.query({ traceId })).records).toHaveLength(2);
      }
      await expect(log.query({ traceId: 't2' })).rejects.toMatchObject({
        code: 'EVENTS_STORE_INVALID',
        message: expect.stringContaining('record 3'),
      });
    }),
  );

  it('names a hundred records with one fault, and counts the others', () =>
    inLog(async (store, sql) => {
      const log = await openEvidenceLog({ store, origin, writer: 'w', hmac });
      await log.append(Array.from({ length: 150 }, () => draft('t4')));
      sql('UPDATE content SET macs = NULL, kids = NULL WHERE first > 0');
      const { findings } = (await check(store)).report;
      const missing = findings.filter(({ code }) => code === 'hmac_missing');
      expect(missing.map(({ index }) => index)).toEqual([
        ...Array.from({ length: 100 }, (_, at) => at + 1),
        undefined,
      ]);
      expect(missing.at(-1)?.message).toBe('56 more records: hmac_missing');
    }));

  it('whose times are gone is named, though its records can be checked', () =>
    inLog(async (store, sql) => {
      sql(`UPDATE content SET times = x'00' ${ROW}`);
      const { findings } = (await check(store)).report;
      expect(findings.map(({ message }) => message)).toEqual([
        'record 3 is found by another time than its own',
        'record 4 is found by another time than its own',
        'row 3 has times of another count',
      ]);
    }));

  it.each([
    ['no JSON', '['.repeat(50_000)],
    ['no list', '7'],
    ['entries of other forms', '[[0,"args","d",-5],[null]]'],
  ])('disclosures that are %s are named', (_, entries) =>
    inLog(async (store, sql) => {
      sql(`INSERT OR REPLACE INTO disclosure VALUES (3, '${entries}', x'')`);
      const { report } = await check(store);
      expect(report.findings).toContainEqual(
        expect.objectContaining({ code: 'disclosure_mismatch', index: 3 }),
      );
    }),
  );
});

describe('a column that is longer than it can be', () => {
  const LONG = 'zeroblob(2000000)';

  it('is not read: an index entry stops the search and is named', () =>
    inLog(async (store, sql) => {
      sql(`UPDATE posting SET members = ${LONG} WHERE term = 'trace:t2'`);
      const log = await openEvidenceLog({ store, origin, writer: 'w', hmac });
      await expect(log.query({ traceId: 't2' })).rejects.toMatchObject({
        code: 'EVENTS_STORE_INVALID',
        message: expect.stringContaining('index entry of the row of record 3'),
      });
      expect((await log.query({ traceId: 't1' })).records).toHaveLength(2);
      const { findings } = (await check(store)).report;
      expect(findings.map(({ message }) => message)).toContain(
        'an index entry of row 3 has positions outside of it',
      );
      await reindex({ store, origin });
      expect((await log.query({ traceId: 't2' })).records).toHaveLength(2);
    }));

  it.each([
    ['leaves', `UPDATE content SET leaves = ${LONG} ${ROW}`, (s: SqliteStore) => s.leaves(3, 2)],
    ['bytes', `UPDATE content SET bytes = ${LONG} ${ROW}`, (s: SqliteStore) => s.read(3, 2)],
    ['bytes', `UPDATE content SET bytes = ${LONG} ${ROW}`, (s: SqliteStore) => s.hashLeaves(3, 2)],
    ['bytes', `UPDATE content SET bytes = ${LONG} ${ROW}`, (s: SqliteStore) => s.read(0, 7)],
    [
      'values',
      `INSERT OR REPLACE INTO disclosure VALUES (3, '[[0,"args","d",1]]', ${LONG})`,
      (s: SqliteStore) => s.disclosures(3),
    ],
    [
      'entries of values',
      `INSERT OR REPLACE INTO disclosure VALUES (3, '[' || printf('%*s', 20000000, ' ') || ']', x'')`,
      (s: SqliteStore) => s.disclosures(3),
    ],
    [
      'derived values',
      "INSERT INTO derived VALUES ('snapshot/x', zeroblob(70000000))",
      (s: SqliteStore) => s.getDerived('snapshot/x'),
    ],
  ])('is not read: %s', (_, text, read) =>
    inLog(async (store, sql) => {
      sql(text);
      await expect(read(store)).rejects.toMatchObject({ code: 'EVENTS_STORE_INVALID' });
    }),
  );

  it('of the derived values is named', () =>
    inLog(async (store, sql) => {
      sql("INSERT INTO derived VALUES ('snapshot/x', zeroblob(70000000))");
      expect(await store.inspect()).toContain('derived value snapshot/x is longer than it can be');
    }));
});

describe('reindex', () => {
  it.each([
    "INSERT INTO posting VALUES (2, 'trace:t1', 20000, x'0000')",
    "INSERT INTO posting VALUES (0, 'trace:t1', 20000, x'0000')",
    "INSERT INTO posting VALUES (-1, 'trace:t1', -5, x'0000')",
    "INSERT INTO posting VALUES (7, 'trace:t1', 1, x'00000100')",
    'INSERT INTO segment VALUES (4611686018427387904)',
    "INSERT INTO claim VALUES ('policy.activation/next', 20000)",
    "INSERT INTO claim VALUES ('policy.activation/next', -1)",
    "INSERT INTO idempotency VALUES ('k', 'r', 20000, 1)",
    "INSERT INTO idempotency VALUES ('k', 'r', 6, 9000000000000000)",
    "UPDATE posting SET members = zeroblob(4000000) WHERE term = 'trace:t1'",
    "INSERT INTO derived VALUES ('checkpoint/xyz', x'00')",
  ])('removes what stands for no record: %s', (text) =>
    inLog(async (store, sql) => {
      expect((await check(store)).report.findings).toEqual([]);
      sql(text);
      expect((await check(store)).report.findings).not.toEqual([]);
      await reindex({ store, origin });
      expect((await check(store)).report.findings).toEqual([]);
    }),
  );
});

describe('reindex past a row that cannot be read', () => {
  const lose = `DELETE FROM posting WHERE first = 1 OR first = 5`;

  it.each([
    ['kids', `UPDATE content SET kids = '[[' ${ROW}`],
    ['leaves', `UPDATE content SET leaves = x'00' ${ROW}`],
  ])('names its records, and restores what was lost before and behind it: %s', (_, text) =>
    inLog(async (store, sql) => {
      sql(text);
      sql(lose);
      sql('DELETE FROM claim; UPDATE batch SET min_time = 9e999 WHERE first = 5');
      const had = await store.readTerms(3, 2);
      const log = await openEvidenceLog({ store, origin, writer: 'w', hmac });
      expect((await log.query({ traceId: 't3' })).records).toEqual([]);
      const made = await reindex({ store, origin, log });
      expect(made).toMatchObject({ records: 5, unreadable: [3, 4], treesLeft: 0 });
      for (const traceId of ['t1', 't3']) {
        expect((await log.query({ traceId })).records).toHaveLength(2);
      }
      expect((await log.query({ fromTimeMs: 0, cursor: 5 })).records).toHaveLength(2);
      expect(await store.readTerms(3, 2)).toEqual(had);
      expect(had.flat()).toContain('trace:t2');
    }),
  );
});

describe('a schema of somebody else', () => {
  it('is named in the message', () =>
    inLog(async (store, sql) => {
      sql('ANALYZE');
      await expect(openSqliteStore({ path: store.path })).rejects.toThrow('"sqlite_stat1"');
    }));
});

describe('times by which records are found', () => {
  /** A time long ago, as SQLite has it in a row of two. */
  const EPOCH = `x'${'00'.repeat(16)}'`;

  it('hide no record from a search that names none', () =>
    inLog(async (store, sql) => {
      sql(`UPDATE batch SET min_time = 9e999, max_time = -9e999 ${ROW}`);
      const { log } = await check(store);
      expect((await log.query({})).records).toHaveLength(7);
    }));

  it('that are not those of the records are named, and reindex restores them', () =>
    inLog(async (store, sql) => {
      sql(`UPDATE content SET times = ${EPOCH} ${ROW}`);
      sql(`UPDATE batch SET min_time = 0, max_time = 0 ${ROW}`);
      const { log, report } = await check(store);
      const named = report.findings.map(({ code, index }) => [code, index]);
      expect(named).toEqual([
        ['time_mismatch', 3],
        ['time_mismatch', 4],
      ]);
      const since = { fromTimeMs: Date.now() - 60_000 };
      expect((await log.query(since)).records).toHaveLength(5);
      await reindex({ store, origin });
      expect((await log.query(since)).records).toHaveLength(7);
      expect((await check(store)).report.findings).toEqual([]);
    }));

  it('that are missing are restored too', () =>
    inLog(async (store, sql) => {
      sql(`UPDATE content SET times = x'00' ${ROW}`);
      sql(`UPDATE batch SET min_time = 9e999 ${ROW}`);
      expect((await check(store)).report.findings).not.toEqual([]);
      await reindex({ store, origin });
      expect((await check(store)).report.findings).toEqual([]);
    }));
});
