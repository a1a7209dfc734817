import { generateSigningKey } from '@spanforge/core-signing';
import { expect, it } from 'vitest';
import { aDraft } from '../testing/fixtures.js';
import { createMemoryMark } from './high-water-mark.js';
import { createMemoryStore } from './memory-store.js';
import { openSignedLog } from './signed-log.js';
import { readUnpublishedTail } from './unpublished-tail.js';

it('says how many records no checkpoint covers, and how old the first of them is', async () => {
  let now = Date.parse('2026-01-01T00:00:00.000Z');
  const clock = (): number => now;
  const store = createMemoryStore();
  const log = await openSignedLog({
    store,
    origin: 'example.com/tail',
    writer: 'test',
    hmac: false,
    signer: await generateSigningKey({ alg: 'Ed25519', role: 'log' }),
    mark: createMemoryMark(),
    checkpointEveryMs: 0,
    clock,
  });
  expect(await readUnpublishedTail(store, clock)).toMatchObject({ publishedSize: 0, records: 1 });
  await log.checkpointer.checkpoint();
  expect(await readUnpublishedTail(store, clock)).toEqual({
    size: 1,
    publishedSize: 1,
    records: 0,
  });
  now += 1000;
  await log.append([aDraft()]);
  now += 2500;
  await log.append([aDraft()]);
  const tail = { size: 3, publishedSize: 1, records: 2, ageMs: 2500 };
  expect(await readUnpublishedTail(store, clock)).toEqual(tail);
  await log.close();
});
