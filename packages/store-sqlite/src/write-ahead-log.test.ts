import { statSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { inFolder } from '../test/folder.js';
import { connect, value } from './connection.js';
import { makeDurable } from './pragmas.js';
import { prepareSchema } from './schema.js';
import { logReaches } from './write-ahead-log.js';

function openAt(path: string) {
  const connection = connect(path, 100);
  prepareSchema(connection);
  makeDurable(connection);
  value(connection, 'PRAGMA wal_checkpoint(TRUNCATE)');
  const put = connection.statement('INSERT OR REPLACE INTO derived VALUES (?, ?)');
  return {
    put: (bytes: number) => put.run('key', new Uint8Array(bytes)),
    fold: () => value(connection, 'PRAGMA wal_checkpoint(FULL)'),
    close: () => connection.close(),
  };
}

describe('what the write-ahead log holds', () => {
  it('is nothing where there is no log', () =>
    inFolder(async (folder) => {
      expect(logReaches(join(folder, 'absent.db'), 0)).toBe(false);
    }));

  it('is the whole file until it is folded', () =>
    inFolder(async (folder) => {
      const path = join(folder, 'evidence.db');
      const database = openAt(path);
      database.put(100_000);
      const { size } = statSync(`${path}-wal`);
      fc.assert(
        fc.property(fc.nat(size * 2), (bytes) => {
          expect(logReaches(path, bytes)).toBe(bytes < size);
        }),
      );
      database.close();
    }));

  it('is only what was written since it was folded, although the file is longer', () =>
    inFolder(async (folder) => {
      const path = join(folder, 'evidence.db');
      const database = openAt(path);
      database.put(400_000);
      const { size } = statSync(`${path}-wal`);
      expect(database.fold()).toBe(0);
      database.put(10);
      expect(statSync(`${path}-wal`).size).toBe(size);
      expect(logReaches(path, 0)).toBe(true);
      expect(logReaches(path, size / 2)).toBe(false);
      for (let round = 0; round < 3; round++) database.put(400_000);
      expect(logReaches(path, size - 1)).toBe(true);
      database.close();
    }));
});
