import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  linkSync,
  mkdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { EventsError } from '@spanforge/core-events';
import { openSqliteStore } from '@spanforge/store-sqlite';
import { describe, expect, it } from 'vitest';
import { inFolder } from '../test/folder.js';
import { connect } from './connection.js';

/** The code and reason `openSqliteStore` rejects with. */
async function refusal(path: string): Promise<unknown> {
  try {
    const store = await openSqliteStore({ path, busyTimeoutMs: 200 });
    await store.close();
    return 'opened';
  } catch (error) {
    return EventsError.is(error) ? [error.code, error.details.reason] : error;
  }
}

function mode(path: string): string {
  return (statSync(path).mode & 0o777).toString(8);
}

describe('openSqliteStore', () => {
  it('makes files and directories that only their owner may use, whatever the umask', () =>
    inFolder(async (folder) => {
      const before = process.umask(0);
      try {
        const path = join(folder, 'deep', 'er', 'evidence.db');
        const store = await openSqliteStore({ path });
        expect([path, `${path}-wal`, `${path}-shm`].map(mode)).toEqual(['600', '600', '600']);
        expect([join(folder, 'deep'), join(folder, 'deep', 'er')].map(mode)).toEqual([
          '700',
          '700',
        ]);
        await store.close();
      } finally {
        process.umask(before);
      }
    }));

  it('refuses links, directories, FIFOs and devices', () =>
    inFolder(async (folder) => {
      const at = (name: string) => join(folder, name);
      writeFileSync(at('real'), '');
      symlinkSync(at('real'), at('symbolic'));
      symlinkSync(at('nowhere'), at('dangling'));
      linkSync(at('real'), at('hard'));
      mkdirSync(at('directory'));
      spawnSync('mkfifo', [at('fifo')]);
      symlinkSync(at('real'), at('side.db-wal'));
      expect(await refusal(at('symbolic'))).toEqual(['EVENTS_STORE_INVALID', 'symbolic_link']);
      expect(await refusal(at('dangling'))).toEqual(['EVENTS_STORE_INVALID', 'symbolic_link']);
      expect(await refusal(at('hard'))).toEqual(['EVENTS_STORE_INVALID', 'hard_link']);
      expect(await refusal(at('side.db'))).toEqual(['EVENTS_STORE_INVALID', 'symbolic_link']);
      for (const path of [at('directory'), at('fifo'), '/dev/null']) {
        expect(await refusal(path)).toEqual(['EVENTS_STORE_INVALID', 'not_a_regular_file']);
      }
      expect(await refusal('')).toEqual(['EVENTS_STORE_INVALID', 'path']);
    }));

  it.each([
    ['another application', 'PRAGMA application_id = 7', 'other_application'],
    ['unmarked tables', 'CREATE TABLE notes (text)', 'other_application'],
    [
      'a newer schema',
      `PRAGMA application_id = ${0x53464556}; PRAGMA user_version = 2`,
      'schema_version',
    ],
    [
      'an older schema',
      `PRAGMA application_id = ${0x53464556}; CREATE TABLE a (b)`,
      'schema_version',
    ],
  ])('refuses %s and leaves the file as it was', (_, sql, reason) =>
    inFolder(async (folder) => {
      const path = join(folder, 'other.db');
      const database = connect(path, 0);
      database.exec(sql);
      database.close();
      const before = readFileSync(path);
      expect(await refusal(path)).toEqual(['EVENTS_STORE_INVALID', reason]);
      expect(readFileSync(path).equals(before)).toBe(true);
    }),
  );

  it('refuses a file that is no database', () =>
    inFolder(async (folder) => {
      const path = join(folder, 'text.db');
      writeFileSync(path, 'a diary, not a database, and quite long enough to be one\n'.repeat(40));
      const before = readFileSync(path);
      expect(await refusal(path)).toEqual(['EVENTS_STORE_INVALID', 'not_a_database']);
      expect(readFileSync(path).equals(before)).toBe(true);
    }));

  it('waits a bounded time for a writer that does not let go, then recovers', () =>
    inFolder(async (folder) => {
      const path = join(folder, 'evidence.db');
      const store = await openSqliteStore({ path, busyTimeoutMs: 100 });
      const holder = connect(path, 0);
      holder.exec('BEGIN IMMEDIATE');
      const put = () => store.putDerived([['key', Uint8Array.of(1)]]);
      await expect(put()).rejects.toMatchObject({ code: 'EVENTS_STORE_UNAVAILABLE' });
      holder.exec('COMMIT');
      holder.close();
      await put();
      expect(await store.listDerived('')).toEqual(['key']);
      await store.close();
    }));

  it.skipIf(process.getuid?.() === 0)('rejects when the folder cannot be written', () =>
    inFolder(async (folder) => {
      chmodSync(folder, 0o500);
      expect(await refusal(join(folder, 'evidence.db'))).toEqual([
        'EVENTS_STORE_UNAVAILABLE',
        'open',
      ]);
      chmodSync(folder, 0o700);
    }),
  );

  it('lets the process end when nothing is under way, and not before', () =>
    inFolder(async (folder) => {
      const program = `
        import { openSqliteStore } from '@spanforge/store-sqlite';
        import { aStoreGroup } from '@spanforge/core-events/testing';
        const store = await openSqliteStore({ path: process.argv[1] });
        store.append([aStoreGroup(1)]).then(([{ status }]) => console.log(status));`;
      const run = spawnSync(
        process.execPath,
        ['--input-type=module', '-e', program, join(folder, 'evidence.db')],
        { cwd: new URL('..', import.meta.url), encoding: 'utf8', timeout: 20_000 },
      );
      expect([run.status, run.stdout]).toEqual([0, 'stored\n']);
    }));
});
