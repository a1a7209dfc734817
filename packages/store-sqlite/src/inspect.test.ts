import { execFileSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { aStoreRecord } from '@spanforge/core-events/testing';
import { openSqliteStore, type SqliteStore } from '@spanforge/store-sqlite';
import { describe, expect, it } from 'vitest';
import { inFolder } from '../test/folder.js';
import { type Connection, connect } from './connection.js';
import { inspect } from './inspect.js';

async function filled(folder: string): Promise<SqliteStore> {
  const store = await openSqliteStore({ path: join(folder, 'evidence.db') });
  for (const n of [0, 1, 2]) {
    const records = [aStoreRecord(n * 2), aStoreRecord(n * 2 + 1)];
    await store.append([{ records, claim: `c${n}`, idempotency: { key: `k${n}`, request: 'r' } }]);
  }
  return store;
}

/** The columns of a row that is appended again, as the next one. */
const COPIED: Readonly<Record<string, string>> = {
  batch: 'NEXT, count, min_time, max_time',
  content: 'NEXT, ends, times, leaves, kids, macs, bytes',
  posting: 'segment, term, NEXT, members',
  idempotency: "'key NEXT', request, NEXT, count",
  claim: "'claim NEXT', NEXT",
};

/** A connection that lets somebody else write before each of its statements. */
const disturbed = (connection: Connection, write: () => void): Connection => ({
  ...connection,
  statement(sql) {
    write();
    return connection.statement(sql);
  },
});

describe('inspect', () => {
  it('finds nothing in what another process appends meanwhile', () =>
    inFolder(async (folder) => {
      const store = await filled(folder);
      const [own, other] = [store.path, store.path].map((path) => connect(path, 1000));
      if (!own || !other) throw new Error('two connections');
      let size = 6;
      const append = () => {
        const rows = ['batch', 'content', 'posting', 'idempotency', 'claim'].map(
          (table) => `INSERT INTO ${table} SELECT ${COPIED[table]} FROM ${table} WHERE first = 4;`,
        );
        other.exec(`BEGIN;${rows.join('').replaceAll('NEXT', String(size))}COMMIT`);
        size += 2;
      };
      expect(inspect(disturbed(own, append))).toEqual([]);
      expect(size).toBeGreaterThan(10);
      expect(inspect(own)).toEqual([]);
      own.close();
      other.close();
      await store.close();
    }));

  it.each([
    ['DELETE FROM batch WHERE first = 2', 'row 4 should begin at 2'],
    ['DELETE FROM content WHERE first = 2', 'row 2 has ends of another count'],
    ["UPDATE content SET leaves = x'00' WHERE first = 0", 'row 0 has leaf hashes of another count'],
    ['UPDATE content SET bytes = zeroblob(3) WHERE first = 0', 'row 0 has bytes of another length'],
    ['UPDATE batch SET max_time = 99 WHERE first = 4', 'row 4 says other times than its records'],
    [
      "UPDATE posting SET members = x'0900' WHERE first = 2",
      'an index entry of row 2 has positions outside of it',
    ],
    [
      "INSERT INTO posting VALUES (0, 'x', 77, x'0000')",
      'an index entry points to row 77, which does not exist',
    ],
    [
      "INSERT INTO posting VALUES (5, 'x', 4, x'0000')",
      'an index entry of row 4 is in another segment',
    ],
    ["INSERT INTO claim VALUES ('x', 6)", '1 claims stand for records that do not exist'],
    [
      "INSERT INTO idempotency VALUES ('x', 'r', 5, 2)",
      '1 idempotency keys stand for records that do not exist',
    ],
    ['INSERT INTO batch VALUES (-1, 1, 0, 0)', 'row -1 should begin at 0'],
    ["INSERT INTO claim VALUES ('x', -1)", '1 claims stand for records that do not exist'],
    [
      "INSERT INTO idempotency VALUES ('x', 'r', -1, 1)",
      '1 idempotency keys stand for records that do not exist',
    ],
    ["INSERT INTO disclosure VALUES (-7, '[]', x'')", 'disclosure -7 belongs to no row'],
    [
      'INSERT INTO segment VALUES (9007199254740000)',
      'segment 9007199254740000 of the index has no records',
    ],
    ['INSERT INTO segment VALUES (-5)', 'segment -5 of the index has no records'],
    [
      "INSERT INTO posting VALUES (-2, 'x', -9, x'0000')",
      'an index entry points to row -9, which does not exist',
    ],
    [
      "UPDATE content SET times = x'000000000000f87f000000000000f07f' WHERE first = 2",
      'record 2 has no time',
    ],
  ])('after %s says: %s', (sql, fault) =>
    inFolder(async (folder) => {
      const store = await filled(folder);
      expect(await store.inspect()).toEqual([]);
      const database = connect(store.path, 0);
      database.exec(sql);
      database.close();
      expect(await store.inspect()).toContain(fault);
      await store.close();
    }),
  );

  it('finds damaged pages', () =>
    inFolder(async (folder) => {
      const store = await filled(folder);
      await store.close();
      const bytes = readFileSync(store.path);
      bytes.fill(0xff, 16384 * 3, 16384 * 4);
      writeFileSync(store.path, bytes);
      const again = await openSqliteStore({ path: store.path });
      const faults = await again.inspect().catch((error) => [String(error.code)]);
      expect(faults).not.toEqual([]);
      await again.close();
    }));
});

function removed(file: string): string {
  rmSync(file);
  return file;
}

describe('large disclosures', () => {
  const encoded = 'B'.repeat(3 * 1024 * 1024);
  const record = aStoreRecord(0, {
    disclosures: [
      { name: 'small', digest: 'd1', encoded: 'small' },
      { name: 'large', digest: 'd2', encoded },
      { name: 'last', digest: 'd3', encoded: 'last' },
    ],
  });

  it('live in files named by their digest, and can be erased there', () =>
    inFolder(async (folder) => {
      const store = await openSqliteStore({ path: join(folder, 'evidence.db') });
      await store.append([{ records: [record] }]);
      expect(await store.disclosures(0)).toEqual(record.disclosures);
      const files = readdirSync(`${store.path}-disclosures`);
      expect(files).toEqual([expect.stringMatching(/^[0-9a-f]{64}$/)]);
      const file = join(`${store.path}-disclosures`, files[0] ?? '');
      expect((statSync(file).mode & 0o777).toString(8)).toBe('600');
      writeFileSync(file, `C${encoded.slice(1)}`);
      await expect(store.disclosures(0)).rejects.toMatchObject({ code: 'EVENTS_STORE_INVALID' });
      rmSync(file);
      expect((await store.disclosures(0)).map(({ name }) => name)).toEqual(['small', 'last']);
      await store.close();
    }));

  it.each([
    [
      'a link',
      (file: string) => {
        renameSync(file, `${file}.away`);
        symlinkSync(`${file}.away`, file);
      },
    ],
    ['a link to nothing', (file: string) => symlinkSync('nowhere', removed(file))],
    ['a folder', (file: string) => mkdirSync(removed(file))],
    ['a pipe', (file: string) => execFileSync('mkfifo', [removed(file)])],
    ['a file too large to be one', (file: string) => truncateSync(file, 600 * 1024 * 1024)],
    [
      'a text in place of the folder',
      (file: string) => {
        rmSync(dirname(file), { recursive: true });
        writeFileSync(dirname(file), '');
      },
    ],
  ])('in whose place is %s are told as that, and the store reads on', (_, attack) =>
    inFolder(async (folder) => {
      const store = await openSqliteStore({ path: join(folder, 'evidence.db') });
      await store.append([{ records: [record, aStoreRecord(1)] }]);
      const [name = ''] = readdirSync(`${store.path}-disclosures`);
      attack(join(`${store.path}-disclosures`, name));
      const told = {
        code: 'EVENTS_STORE_INVALID',
        message: expect.stringMatching(
          /^the stored bytes of the value "large" of record 0 are damaged/,
        ),
        details: { reason: 'disclosure_file', file: name, index: 0, value: 'large' },
      };
      await expect(store.disclosures(0)).rejects.toMatchObject(told);
      expect(await store.disclosures(1)).toEqual([]);
      await store.close();
    }),
  );

  it('are never read, nor written over, outside of their folder', () =>
    inFolder(async (folder) => {
      const store = await openSqliteStore({ path: join(folder, 'evidence.db') });
      await store.append([{ records: [record] }]);
      const key = join(folder, 'key');
      writeFileSync(key, 'of somebody');
      const [name = ''] = readdirSync(`${store.path}-disclosures`);
      const database = connect(store.path, 0);
      database.exec(`UPDATE disclosure SET entries = replace(entries, '${name}', '../key')`);
      database.close();
      const told = { code: 'EVENTS_STORE_INVALID', details: { reason: 'disclosure_name' } };
      await expect(store.disclosures(0)).rejects.toMatchObject(told);
      await expect(store.eraseDisclosures([0])).rejects.toMatchObject(told);
      expect(readFileSync(key, 'utf8')).toBe('of somebody');
      await store.append([{ records: [aStoreRecord(1)] }]);
      await store.close();
    }));

  it('make no folder while there are none', () =>
    inFolder(async (folder) => {
      const store = await filled(folder);
      expect(existsSync(`${store.path}-disclosures`)).toBe(false);
      await store.close();
    }));
});
