import { statSync } from 'node:fs';
import { join } from 'node:path';
import { aStoreRecord } from '@spanforge/core-events/testing';
import { openSqliteStore, type SqliteStore } from '@spanforge/store-sqlite';
import { describe, expect, it } from 'vitest';
import { inFolder } from '../test/folder.js';
import { connect, value } from './connection.js';

const LIMIT = 256 * 1024;
const RECORD = new Uint8Array(100_000);

async function appendMany(store: SqliteStore, count: number): Promise<void> {
  for (let n = 0; n < count; n++) {
    await store.append([{ records: [aStoreRecord(n, { bytes: RECORD })] }]);
  }
}

describe('folding the write-ahead log', () => {
  const inStore = (work: (store: SqliteStore, logBytes: () => number) => Promise<void>) =>
    inFolder(async (folder) => {
      const path = join(folder, 'evidence.db');
      const store = await openSqliteStore({ path, walLimitBytes: LIMIT, busyTimeoutMs: 20 });
      await work(store, () => statSync(`${path}-wal`).size);
      expect(await store.inspect()).toEqual([]);
      await store.close();
    });

  it('keeps it at about its limit', () =>
    inStore(async (store, logBytes) => {
      await appendMany(store, 60);
      expect(logBytes()).toBeGreaterThanOrEqual(LIMIT);
      expect(logBytes()).toBeLessThan(LIMIT * 4);
      expect(await store.size()).toBe(60);
    }));

  it('lets it grow beside a long reader, and shrinks it afterwards', () =>
    inStore(async (store, logBytes) => {
      await appendMany(store, 1);
      const reader = connect(store.path, 20);
      reader.exec('BEGIN');
      expect(value(reader, 'SELECT count(*) FROM batch')).toBe(1);
      await appendMany(store, 30);
      expect(logBytes()).toBeGreaterThan(30 * RECORD.length);
      expect(value(reader, 'SELECT count(*) FROM batch')).toBe(1);
      reader.exec('COMMIT');
      reader.close();
      await appendMany(store, 30);
      expect(logBytes()).toBeLessThan(LIMIT * 4 + 2 * RECORD.length);
      expect(await store.size()).toBe(61);
    }));
});
