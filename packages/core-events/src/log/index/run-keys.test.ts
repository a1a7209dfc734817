import { INDEX_SEGMENT, indexSegmentDigest, leafHash, utf8 } from '@spanforge/core-signing';
import { expect, it } from 'vitest';
import { aContext } from '../../testing/fixtures.js';
import { openEvidenceLog } from '../evidence-log.js';
import { createMemoryStore } from '../memory-store.js';
import type { EvidenceStore, StoredRecord } from '../store.js';
import { takenBy } from '../taken.js';
import { createRunKeys } from './run-keys.js';
import type { TermBook } from './term-book.js';

const hmac = { kid: 'k1', secret: Uint8Array.from({ length: 32 }, (_, at) => (at * 37) % 251) };

/** A record as a log writes it, that names an idempotency key, and the key. */
async function aKeyedRecord() {
  const store = createMemoryStore();
  const log = await openEvidenceLog({ store, origin: 'example.com/log', writer: 'w', hmac });
  const body = { kid: 'k', role: 'log' };
  const draft = { type: 'spanforge.key.retired.v1', context: aContext(), body };
  await log.append([draft], { idempotencyKey: 'first', requestDigest: 'r' });
  const [, { bytes, leaf } = { bytes: utf8(''), leaf: utf8('') }] = await store.read(0, 2);
  await log.close();
  return { bytes, leaf, key: takenBy({ index: 0, bytes }).key?.key ?? '' };
}

it('knows every key of a run, whatever number of its records followed', async () => {
  const segments = 9;
  const first = await aKeyedRecord();
  expect(first.key).toMatch(/^[0-9a-f]{64}$/);
  const bytes = utf8('{}');
  const leaf = leafHash(bytes);
  const recordsOf = (segment: number): readonly StoredRecord[] =>
    Array.from({ length: INDEX_SEGMENT }, (_, at) => {
      const index = segment * INDEX_SEGMENT + at;
      return index === 0 ? { index, ...first } : { index, bytes, leaf };
    });
  const find = async ({ from = 0 }) => recordsOf(from / INDEX_SEGMENT);
  const store = { ...createMemoryStore(), find } as EvidenceStore;
  const end = segments * INDEX_SEGMENT;
  const book: TermBook = {
    end: () => end,
    find: async () => ({
      end,
      segments: Array.from({ length: segments }, (_, segment) => {
        return { segment, digest: indexSegmentDigest(recordsOf(segment)) };
      }),
    }),
  };
  const keys = createRunKeys(store, book);
  expect(await keys.isUsed('run:long', first.key, end)).toBe(true);
  expect(await keys.isUsed('run:long', `${first.key.slice(0, 12)}z`.padEnd(64, '0'), end)).not.toBe(
    true,
  );
});
