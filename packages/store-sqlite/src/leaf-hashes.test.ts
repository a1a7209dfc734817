import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { aStoreRecord } from '@spanforge/core-events/testing';
import { leafHash } from '@spanforge/core-signing';
import { openSqliteStore } from '@spanforge/store-sqlite';
import { expect, test } from 'vitest';

test('leaf hashes are those of the stored bytes, wherever in a row they begin and end', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'store-sqlite-'));
  const store = await openSqliteStore({ path: join(folder, 'evidence.db') });
  try {
    const records = Array.from({ length: 12 }, (_, n) =>
      aStoreRecord(n, { bytes: Uint8Array.from({ length: n * 7 + 1 }, (_, at) => at ^ n) }),
    );
    for (const from of [0, 5]) {
      await store.append([{ records: records.slice(from, from === 0 ? 5 : 12) }]);
    }
    const expected = Buffer.concat(records.map(({ bytes }) => leafHash(bytes)));
    for (const [first, count] of [
      [0, 12],
      [1, 3],
      [4, 3],
      [7, 5],
      [0, 12],
    ] as const) {
      const hashes = await store.hashLeaves(first, count);
      expect(Buffer.from(hashes)).toEqual(expected.subarray(first * 32, (first + count) * 32));
    }
    const read = await store.read(0, 12);
    expect(read.map(({ bytes }) => [...bytes])).toEqual(records.map(({ bytes }) => [...bytes]));
  } finally {
    await store.close();
    await rm(folder, { recursive: true });
  }
});
