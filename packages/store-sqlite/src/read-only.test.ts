import { spawnSync } from 'node:child_process';
import { chmodSync, copyFileSync, mkdirSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { openEvidenceLog } from '@spanforge/core-events/log';
import { aStoreGroup } from '@spanforge/core-events/testing';
import { openSqliteStore } from '@spanforge/store-sqlite';
import { describe, expect, it } from 'vitest';
import { inFolder } from '../test/folder.js';

const aDraft = () => ({
  type: 'spanforge.key.retired.v1',
  context: {
    tenant: 'acme',
    project: 'claims',
    env: 'prod',
    run: 'run-1',
    traceId: 'trace-1',
    agent: 'claims-agent',
    actor: 'b',
    source: 'test@1.0.0',
  },
  body: { kid: 'k', role: 'log' },
});

const readOnly = { code: 'EVENTS_STORE_UNAVAILABLE', details: { reason: 'read_only' } };

/** Names, sizes and times of everything in a folder: what reading must leave as it is. */
function lookAt(folder: string): readonly string[] {
  return readdirSync(folder)
    .sort()
    .map((name) => {
      const { size, mtimeMs } = statSync(join(folder, name));
      return `${name} ${size} ${mtimeMs} ${readFileSync(join(folder, name)).toString('base64').length}`;
    });
}

async function aStoreIn(folder: string, groups = 3) {
  const store = await openSqliteStore({ path: join(folder, 'evidence.db') });
  for (let n = 0; n < groups; n += 1) await store.append([aStoreGroup(n, { claim: `c${n}` })]);
  return store;
}

function copyStore(from: string, to: string, parts: readonly string[]): string {
  mkdirSync(to, { recursive: true });
  for (const part of parts) {
    copyFileSync(join(from, `evidence.db${part}`), join(to, `evidence.db${part}`));
  }
  return join(to, 'evidence.db');
}

describe('a store opened for reading alone', () => {
  it('answers as the store itself does, refuses everything that writes, and leaves nothing behind', () =>
    inFolder(async (folder) => {
      await (await aStoreIn(folder)).close();
      chmodSync(join(folder, 'evidence.db'), 0o400);
      chmodSync(folder, 0o500);
      const before = lookAt(folder);
      const store = await openSqliteStore({ path: join(folder, 'evidence.db'), readOnly: true });
      expect(await store.size()).toBe(3);
      expect(await store.inspect()).toEqual([]);
      expect((await store.find({ terms: ['n:1'], from: 0, limit: 9 })).map((r) => r.index)).toEqual(
        [1],
      );
      expect((await store.findTaken(['c2'], [])).claims).toEqual([{ name: 'c2', first: 2 }]);
      for (const write of [
        store.append([aStoreGroup(9)]),
        store.putDerived([['a', new Uint8Array(1)]]),
        store.lease('a', 'b', 0, 1),
        store.breakLease('a'),
        store.replaceTerms(0, [[]]),
        store.counters.remove('a', 'b'),
      ]) {
        await expect(write).rejects.toMatchObject(readOnly);
      }
      await store.close();
      await expect(store.size()).rejects.toMatchObject({ details: { reason: 'closed' } });
      expect(lookAt(folder)).toEqual(before);
      chmodSync(folder, 0o700);
    }));

  it('sees what another process appends while it has the file open', () =>
    inFolder(async (folder) => {
      const writer = await aStoreIn(folder);
      const reader = await openSqliteStore({ path: writer.path, readOnly: true });
      await writer.append([aStoreGroup(3)]);
      expect(await reader.size()).toBe(4);
      await reader.close();
      await writer.close();
    }));

  it.each([
    ['with both side files', ['', '-wal', '-shm']],
    ['without the shared memory', ['', '-wal']],
  ])('reads a copy of a store that was not closed, %s', (_, parts) =>
    inFolder(async (folder) => {
      const writer = await aStoreIn(folder);
      const path = copyStore(folder, join(folder, 'copy'), parts);
      chmodSync(join(folder, 'copy'), 0o500);
      const reader = await openSqliteStore({ path, readOnly: true });
      expect(await reader.size()).toBe(3);
      expect(await reader.inspect()).toEqual([]);
      await reader.close();
      expect(readdirSync(join(folder, 'copy'))).toHaveLength(parts.length);
      chmodSync(join(folder, 'copy'), 0o700);
      await writer.close();
    }),
  );

  it('copies no more than it may', () =>
    inFolder(async (folder) => {
      const writer = await aStoreIn(folder);
      const path = copyStore(folder, join(folder, 'copy'), ['', '-wal']);
      const opening = openSqliteStore({ path, readOnly: true, maxCopyBytes: 1000 });
      await expect(opening).rejects.toMatchObject({ details: { reason: 'too_large_to_copy' } });
      await writer.close();
    }));

  it('makes no file, and opens none that is no store', () =>
    inFolder(async (folder) => {
      const path = join(folder, 'missing', 'evidence.db');
      await expect(openSqliteStore({ path, readOnly: true })).rejects.toMatchObject({
        details: { reason: 'missing' },
      });
      expect(readdirSync(folder)).toEqual([]);
      const { writeFileSync } = await import('node:fs');
      for (const [text, reason] of [
        ['', 'not_a_store'],
        ['no database at all, but a text that is longer than a header', 'not_a_database'],
      ]) {
        writeFileSync(join(folder, 'other.db'), text!);
        const opening = openSqliteStore({ path: join(folder, 'other.db'), readOnly: true });
        await expect(opening).rejects.toMatchObject({ details: { reason } });
      }
    }));

  it('is enough for an evidence log that is read', () =>
    inFolder(async (folder) => {
      const options = { origin: 'example.com/log', writer: 'w', hmac: false } as const;
      const path = join(folder, 'evidence.db');
      const log = await openEvidenceLog({ ...options, store: await openSqliteStore({ path }) });
      await log.append([aDraft()]);
      await log.close();
      const store = await openSqliteStore({ path, readOnly: true });
      const reading = await openEvidenceLog({ ...options, store });
      expect((await reading.query({ agent: 'claims-agent' })).records).toHaveLength(1);
      await expect(reading.append([aDraft()])).rejects.toMatchObject({
        code: 'EVENTS_APPEND_FAILED',
      });
      await reading.close();
    }));
});

const mounted = (folder: string): boolean =>
  spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=2m', 'tmpfs', folder]).status === 0;

describe('a full disk', () => {
  it('is read', ({ skip }) =>
    inFolder(async (folder) => {
      const disk = join(folder, 'disk');
      mkdirSync(disk);
      if (!mounted(disk)) return skip('no small file system can be mounted here');
      try {
        await (await aStoreIn(disk)).close();
        // Fills what is left, whatever it is.
        spawnSync('dd', ['if=/dev/zero', `of=${join(disk, 'filler')}`, 'bs=4096']);
        const store = await openSqliteStore({ path: join(disk, 'evidence.db'), readOnly: true });
        expect(await store.size()).toBe(3);
        expect(await store.inspect()).toEqual([]);
        await store.close();
      } finally {
        // Handles of closed databases go with the next garbage collection.
        spawnSync('umount', ['-l', disk]);
      }
    }));
});
