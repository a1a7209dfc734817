import { spawnSync } from 'node:child_process';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { aStoreRecord } from '@spanforge/core-events/testing';
import { openSqliteStore, type SqliteStore } from '@spanforge/store-sqlite';
import { describe, expect, it } from 'vitest';
import { inFolder } from '../test/folder.js';

function mount(folder: string): boolean {
  return spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=3m', 'tmpfs', folder]).status === 0;
}

/** How many records were stored; and what the store said then. */
async function appendUntilFull(store: SqliteStore): Promise<[number, unknown]> {
  for (let n = 0; ; n++) {
    const bytes = new Uint8Array(40_000).fill(n);
    try {
      await store.append([{ records: [aStoreRecord(n, { bytes })] }]);
    } catch (error) {
      return [n, error];
    }
  }
}

describe('a full disk (needs the right to mount)', () => {
  it('refuses, keeps what it acknowledged, and goes on once there is room', (context) =>
    inFolder(async (folder) => {
      if (!mount(folder)) return context.skip();
      try {
        const path = join(folder, 'evidence.db');
        const ballast = join(folder, 'ballast');
        writeFileSync(ballast, Buffer.alloc(1024 * 1024));
        const store = await openSqliteStore({ path });
        const [stored, refusal] = await appendUntilFull(store);
        expect(stored).toBeGreaterThan(0);
        expect(refusal).toMatchObject({
          code: 'EVENTS_STORE_UNAVAILABLE',
          message: expect.stringContaining('the disk is full'),
        });
        expect(await store.size()).toBe(stored);
        rmSync(ballast);
        const answer = await store.append([{ records: [aStoreRecord(stored)] }]);
        expect(answer).toEqual([{ status: 'stored', first: stored }]);
        expect(await store.inspect()).toEqual([]);
        await store.close();
      } finally {
        spawnSync('umount', ['-l', folder]);
      }
    }));
});
