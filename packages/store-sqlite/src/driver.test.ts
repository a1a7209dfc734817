import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { aStoreGroup } from '@spanforge/core-events/testing';
import { openSqliteStore } from '@spanforge/store-sqlite';
import { describe, expect, it } from 'vitest';
import { inFolder } from '../test/folder.js';
import { connect } from './connection.js';
import { chooseDriver, type SqliteDriver } from './driver.js';
import { hasNodeSqlite } from './node-driver.js';

const drivers: readonly SqliteDriver[] = hasNodeSqlite() ? ['node', 'libsql'] : ['libsql'];

describe.each(drivers)('SQLite of %s', (driver) => {
  it('gives rows as arrays, fresh bytes, and names what it refuses', () => {
    const connection = connect(':memory:', 0, driver);
    connection.exec('CREATE TABLE t (a INTEGER PRIMARY KEY, b BLOB, c TEXT, d REAL) STRICT');
    const put = connection.statement('INSERT INTO t VALUES (?, ?, ?, ?)');
    put.run(1, Uint8Array.of(1, 2), 'ä', 1.5);
    put.run(Number.MAX_SAFE_INTEGER, null, null, null);
    const rows = connection.statement('SELECT a, b, c, d FROM t ORDER BY a LIMIT ?').rows(2);
    expect(rows[0]?.[1]).toBeInstanceOf(Uint8Array);
    expect(
      rows.map((row) => row.map((one) => (one instanceof Uint8Array ? [...one] : one))),
    ).toEqual([
      [1, [1, 2], 'ä', 1.5],
      [Number.MAX_SAFE_INTEGER, null, null, null],
    ]);
    expect(connection.statement('SELECT 1 FROM t WHERE a = 5').row()).toBeUndefined();
    expect(() => put.run(1, null, null, null)).toThrow(
      expect.objectContaining({ code: expect.stringMatching(/^SQLITE_CONSTRAINT/) }),
    );
    connection.close();
  });

  it('opens what the others have written', () =>
    inFolder(async (folder) => {
      const path = join(folder, 'evidence.db');
      for (const [n, each] of [...drivers, driver].entries()) {
        const store = await openSqliteStore({ path, driver: each });
        await store.append([aStoreGroup(n)]);
        expect(await store.size()).toBe(n + 1);
        expect(await store.inspect()).toEqual([]);
        await store.close();
      }
    }));
});

describe('choosing a driver', () => {
  it("takes the runtime's own where it has one", () => {
    expect(chooseDriver()).toBe(hasNodeSqlite() ? 'node' : 'libsql');
    expect(chooseDriver('libsql')).toBe('libsql');
  });

  it('says what to do where there is none', async () => {
    if (hasNodeSqlite()) return;
    const opening = inFolder((folder) =>
      openSqliteStore({ path: join(folder, 'evidence.db'), driver: 'node' }),
    );
    await expect(opening).rejects.toMatchObject({
      code: 'EVENTS_STORE_UNAVAILABLE',
      message: expect.stringContaining('libsql'),
      details: { reason: 'no_driver' },
    });
  });

  it('says nothing on its own: no warning of the runtime either', () =>
    inFolder(async (folder) => {
      const built = new URL('../dist/index.js', import.meta.url).href;
      const program = `const { openSqliteStore } = await import(${JSON.stringify(built)});
        const store = await openSqliteStore({ path: ${JSON.stringify(join(folder, 'e.db'))} });
        await store.close();`;
      const run = spawnSync(process.execPath, ['--input-type=module', '-e', program], {
        cwd: new URL('.', pathToFileURL(`${import.meta.dirname}/`)),
        encoding: 'utf8',
      });
      expect([run.status, run.stderr]).toEqual([0, '']);
    }));
});
