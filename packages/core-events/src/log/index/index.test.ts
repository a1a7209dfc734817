import { INDEX_SEGMENT, utf8, verifyIndexProof } from '@spanforge/core-signing';
import { describe, expect, it } from 'vitest';
import type { ProvableCheckpoint } from '../checkpointer.js';
import { createMemoryMark } from '../high-water-mark.js';
import { createMemoryStore } from '../memory-store.js';
import type { EvidenceStore } from '../store.js';
import { readIndexHead } from './index-head.js';
import { createIndexProver } from './index-prover.js';
import { createSigner, grow as growBy, logKey, origin } from './test-index.js';

const recordAt = (index: number) => ({
  trace_id: `t${index % 700}`,
  run: `r${index % 40}`,
  type: `x.y${index % 5}.v1`,
});

const grow = (store: EvidenceStore, size: number) => growBy(store, size, recordAt);

async function verify(
  store: EvidenceStore,
  term: string,
  { drop, checkpoint: given }: { drop?: number; checkpoint?: ProvableCheckpoint } = {},
) {
  const checkpoint = given ?? (await createSigner(store, marks.get(store)).provable());
  const proof = await createIndexProver(store).prove(checkpoint.index, term);
  const found = await store.find({ terms: [term], from: 0, limit: 1_000_000 });
  const records = found.filter(({ index }) => index !== drop);
  return verifyIndexProof({
    proof,
    logKey,
    checkpoint: { origin, ...checkpoint },
    term,
    records,
  });
}

const marks = new WeakMap<EvidenceStore, ReturnType<typeof createMemoryMark>>();

async function aSignedStore(size: number, store = createMemoryStore()): Promise<EvidenceStore> {
  const mark = createMemoryMark();
  marks.set(store, mark);
  await grow(store, size);
  await createSigner(store, mark).checkpoint();
  return store;
}

// Tens of thousands of records are read and hashed: seconds on a busy machine.
describe('the index of a log', { timeout: 120_000 }, () => {
  it('proves all records of a term, across segments, merged trees and the open segment', async () => {
    const store = await aSignedStore(INDEX_SEGMENT * 4 + 300);
    const checkpoint = await createSigner(store, marks.get(store)).provable();
    for (const term of ['trace:t0', 'trace:t699', 'run:r7', 'trace:unknown', 'type:x.y0.v1']) {
      expect(await verify(store, term, { checkpoint })).toMatchObject({ ok: true });
    }
    const dropped = await verify(store, 'trace:t3', { checkpoint, drop: 700 * 20 + 3 });
    expect(dropped).toMatchObject({ ok: false, reason: 'records_differ' });
  });

  it('gives the same head, however often the signer starts anew or is killed while it writes', async () => {
    const size = INDEX_SEGMENT * 4 + 100;
    const whole = await aSignedStore(size);
    const expected = (await createSigner(whole, marks.get(whole)).provable()).index.note;
    const memory = createMemoryStore();
    const mark = createMemoryMark();
    let left = 0;
    const dying = {
      ...memory,
      putDerived: async (entries: Parameters<typeof memory.putDerived>[0]) => {
        left -= 1;
        if (left < 0) throw new Error('killed');
        return memory.putDerived(entries);
      },
    };
    await grow(memory, INDEX_SEGMENT - 1);
    for (let at = 1; at < 12; at += 1) {
      left = at;
      await grow(memory, Math.min(size, (await memory.size()) + 3500));
      await createSigner(dying, mark)
        .checkpoint()
        .catch(() => undefined);
    }
    await grow(memory, size);
    expect((await createSigner(memory, mark).provable()).index.note).toBe(expected);
  });

  it('makes a damaged tree again before it is merged, and freezes where the bytes changed', async () => {
    const store = await aSignedStore(INDEX_SEGMENT * 3);
    const pages = await store.listDerived('index/page/0/0000000000000001/');
    expect(pages.length).toBeGreaterThan(1);
    await store.putDerived(pages.map((page) => [page, new Uint8Array(10)] as const));
    await expect(verify(store, 'trace:t1')).rejects.toMatchObject({
      code: 'EVENTS_PROOF_UNAVAILABLE',
    });
    await grow(store, INDEX_SEGMENT * 4);
    expect(await verify(store, 'trace:t1')).toMatchObject({ ok: true });
  });

  it('believes no head that the key has not signed', async () => {
    const store = await aSignedStore(INDEX_SEGMENT + 1);
    expect((await readIndexHead(store, origin, logKey))?.size).toBe(INDEX_SEGMENT + 1);
    const bytes = await store.getDerived('index/latest');
    const text = new TextDecoder().decode(bytes).replace(/"entries":\d+/, '"entries":7');
    await store.putDerived([['index/latest', utf8(text)]]);
    expect(await readIndexHead(store, origin, logKey)).toBeUndefined();
  });
});
