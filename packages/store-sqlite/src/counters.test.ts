import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { counterStoreContract } from '@spanforge/core-events/testing';
import { openSqliteStore, type SqliteStore } from '@spanforge/store-sqlite';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { inFolder } from '../test/folder.js';
import { connect } from './connection.js';

counterStoreContract({
  describe,
  it,
  expect,
  fc,
  persistent: true,
  runs: 10,
  async open() {
    const folder = await mkdtemp(join(tmpdir(), 'store-sqlite-'));
    const path = join(folder, 'evidence.db');
    const opened: SqliteStore[] = [];
    const open = async () => {
      const store = await openSqliteStore({ path });
      opened.push(store);
      return store.counters;
    };
    return {
      counters: await open(),
      another: open,
      reopen: async () => {
        await opened.pop()?.close();
        return open();
      },
      dispose: async () => {
        await Promise.all(opened.map((each) => each.close()));
        await rm(folder, { recursive: true });
      },
    };
  },
});

const entry = { key: 'k', id: '1', amount: 1, timeMs: 1000, windowMs: 10 };

const rowsOf = (path: string): number => {
  const database = connect(path, 0);
  try {
    const row = database.statement('SELECT count(*) FROM counter').row();
    return Number(row?.[0]);
  } finally {
    database.close();
  }
};

const CHILD = `
  import { openSqliteStore } from '@spanforge/store-sqlite';
  const [path, name] = process.argv.slice(1);
  const store = await openSqliteStore({ path });
  const add = (n) =>
    store.counters.add({ key: 'k', id: name + n, amount: 1, timeMs: 1000, windowMs: 1000 });
  for (let n = 0; ; n += 1) console.log(await add(n));`;

/** Runs a process that counts until it has said so often how far it came, then kills it. */
async function countAndDie(path: string, name: string, times: number): Promise<readonly number[]> {
  const child = spawn(process.execPath, ['--input-type=module', '-e', CHILD, path, name], {
    cwd: new URL('..', import.meta.url),
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let text = '';
  for await (const chunk of child.stdout ?? []) {
    text += chunk;
    if (text.split('\n').length > times) break;
  }
  child.kill('SIGKILL');
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
  return text.split('\n').slice(0, -1).map(Number);
}

describe('counters in the file of the store', () => {
  it('are shared by processes that are killed: each sum once, and none lost', () =>
    inFolder(async (folder) => {
      const path = join(folder, 'evidence.db');
      const sums = await Promise.all(['a', 'b'].map((name) => countAndDie(path, name, 30)));
      const said = sums.flat();
      expect(new Set(said).size).toBe(said.length);
      const store = await openSqliteStore({ path });
      const add = { ...entry, id: 'last', windowMs: 1000 };
      expect(await store.counters.add(add)).toBeGreaterThan(Math.max(...said));
      expect(await store.inspect()).toEqual([]);
      await store.close();
    }));

  it('prune what is over: of the key at once, of others after a day', () =>
    inFolder(async (folder) => {
      const path = join(folder, 'evidence.db');
      const store = await openSqliteStore({ path });
      for (let n = 0; n < 5; n += 1) {
        await store.counters.add({ ...entry, id: `${n}`, timeMs: 1000 + n * 20 });
        await store.counters.add({ ...entry, key: `other/${n}` });
      }
      expect(rowsOf(path)).toBe(6);
      await store.counters.add({ ...entry, timeMs: 86_402_000 });
      expect(rowsOf(path)).toBe(1);
      await store.close();
    }));

  it('reject once the store is closed, and while the file cannot be written', () =>
    inFolder(async (folder) => {
      const path = join(folder, 'evidence.db');
      const store = await openSqliteStore({ path, busyTimeoutMs: 100 });
      const unavailable = expect.objectContaining({ code: 'EVENTS_STORE_UNAVAILABLE' });
      const holder = connect(path, 0);
      holder.exec('BEGIN IMMEDIATE');
      await expect(store.counters.add(entry)).rejects.toEqual(unavailable);
      await expect(store.counters.remove('k', '1')).rejects.toEqual(unavailable);
      holder.exec('COMMIT');
      holder.close();
      expect(await store.counters.add(entry)).toBe(1);
      await store.close();
      await expect(store.counters.add(entry)).rejects.toEqual(unavailable);
      await expect(store.counters.remove('k', '1')).rejects.toEqual(unavailable);
    }));

  it('stand in a file of the same schema version, between appends', () =>
    inFolder(async (folder) => {
      const store = await openSqliteStore({ path: join(folder, 'evidence.db') });
      const record = {
        bytes: Uint8Array.of(1),
        leaf: new Uint8Array(32),
        timeMs: 1,
        terms: ['all'],
        disclosures: [],
      };
      const answers = await Promise.all([
        store.append([{ records: [record] }]),
        store.counters.add(entry),
        store.append([{ records: [record] }]),
        store.counters.add({ ...entry, id: '2' }),
        store.counters.remove('k', '1'),
        store.counters.add({ ...entry, id: '3' }),
      ]);
      expect(answers).toEqual([
        [{ status: 'stored', first: 0 }],
        1,
        [{ status: 'stored', first: 1 }],
        2,
        undefined,
        2,
      ]);
      await store.close();
    }));
});
