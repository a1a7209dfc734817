import {
  createNoteVerifier,
  generateSigningKey,
  INDEX_SEGMENT,
  toVerificationKey,
} from '@spanforge/core-signing';
import { describe, expect, it } from 'vitest';
import { aDraft, testSecret } from '../testing/fixtures.js';
import { openEvidenceLog } from './evidence-log.js';
import { fsck } from './fsck.js';
import { createMemoryMark } from './high-water-mark.js';
import { reindex } from './index/reindex.js';
import { createMemoryStore } from './memory-store.js';
import { openSignedLog } from './signed-log.js';

const origin = 'example.com/claims';
const signer = await generateSigningKey({ alg: 'Ed25519', role: 'log' });
const logKey = createNoteVerifier(origin, toVerificationKey(signer));
const TAKEN = { code: 'EVENTS_CLAIM_TAKEN' };
const NOTHING = { claims: [], keys: [], withoutClaims: [], withoutKeys: [] };

type Store = ReturnType<typeof createMemoryStore>;

const open = (store: Store, mark = createMemoryMark()) =>
  openSignedLog({
    store: { ...store, close: async () => undefined },
    origin,
    writer: 'w',
    hmac: testSecret,
    signer,
    mark,
    checkpointEveryMs: 0,
  });

const codesOf = async (log: Awaited<ReturnType<typeof open>>) =>
  (await fsck({ log, logKey })).findings.map(({ code }) => code);

describe('a claim that the store has forgotten', () => {
  it('N-05: is taken all the same, in this process and in the next', async () => {
    const store = createMemoryStore();
    const log = await open(store);
    await log.append([aDraft()], { claim: 'review:1' });
    await store.replaceTaken({ ...NOTHING, withoutClaims: ['review:1'] });
    await expect(log.append([aDraft()], { claim: 'review:1' })).rejects.toMatchObject(TAKEN);
    const next = await openEvidenceLog({ store, origin, writer: 'x', hmac: testSecret });
    await expect(next.append([aDraft()], { claim: 'review:1' })).rejects.toMatchObject(TAKEN);
    await next.append([aDraft()], { claim: 'review:2' });
    expect(await codesOf(log)).toEqual(['claim_mismatch']);
    await reindex({ store, origin, logKey });
    expect(await codesOf(log)).toEqual([]);
  });

  it('N-05: is taken where the signed index says so, and where its trees are damaged', async () => {
    const store = createMemoryStore();
    const mark = createMemoryMark();
    const log = await open(store, mark);
    await log.append([aDraft()], { claim: 'review:old' });
    const filler = Array.from({ length: 4096 }, () => aDraft());
    await log.append(filler);
    await log.append(filler);
    await log.append([aDraft()], { claim: 'review:new' });
    await log.checkpointer.checkpoint();
    expect(await store.size()).toBeGreaterThan(INDEX_SEGMENT);
    await store.replaceTaken({ ...NOTHING, withoutClaims: ['review:old', 'review:new'] });
    const next = await open(store, mark);
    for (const claim of ['review:old', 'review:new']) {
      await expect(next.append([aDraft()], { claim })).rejects.toMatchObject(TAKEN);
    }
    for (const key of await store.listDerived('index/page/')) {
      await store.putDerived([[key, new Uint8Array(3)]]);
    }
    const last = await open(store, mark);
    await expect(last.append([aDraft()], { claim: 'review:old' })).rejects.toMatchObject(TAKEN);
    await last.append([aDraft()], { claim: 'review:free' });
  }, 120_000);

  it('does not turn the repetition of one request into a refusal', async () => {
    const log = await open(createMemoryStore());
    const options = { claim: 'review:1', idempotencyKey: 'call-1', requestDigest: 'd' };
    const first = await log.append([aDraft()], options);
    const again = await log.append([aDraft()], options);
    expect(again).toMatchObject({ duplicate: true, ids: first.ids });
    const other = log.append([aDraft()], { ...options, requestDigest: 'e' });
    await expect(other).rejects.toMatchObject({ code: 'EVENTS_IDEMPOTENCY_CONFLICT' });
  });
});

describe('claims and keys against the bytes', () => {
  async function aTaken() {
    const store = createMemoryStore();
    const log = await open(store);
    await log.append([aDraft(), aDraft()], { claim: 'c', idempotencyKey: 'k' });
    const [key] = await store.listKeys('', 10);
    return { store, log, key: key! };
  }

  it('follow from the first record of an append', async () => {
    const { log, key } = await aTaken();
    const { records } = await log.query({ types: ['spanforge.scope.v1'] });
    expect(records[0]?.append).toMatchObject({ claim: 'c', records: 2 });
    expect(records[1]?.append).toBeUndefined();
    expect(key).toMatchObject({ first: 1, count: 2 });
    expect(await codesOf(log)).toEqual([]);
  });

  it('N-05: fsck names what was deleted, changed or added, and reindex mends it', async () => {
    const { store, log, key } = await aTaken();
    const attacks = [
      [{ withoutClaims: ['c'] }, ['claim_mismatch']],
      [{ withoutKeys: [key.key] }, ['idempotency_mismatch']],
      [{ claims: [{ name: 'c', first: 2 }] }, ['claim_mismatch', 'claim_mismatch']],
      [{ keys: [{ ...key, request: 'other' }] }, ['idempotency_mismatch', 'idempotency_mismatch']],
      [{ keys: [{ ...key, count: 1 }] }, ['idempotency_mismatch', 'idempotency_mismatch']],
      [{ claims: [{ name: 'false', first: 1 }] }, ['claim_mismatch']],
    ] as const;
    for (const [change, expected] of attacks) {
      await store.replaceTaken({ ...NOTHING, ...change });
      expect(await codesOf(log)).toEqual(expected);
      await reindex({ store, origin, logKey });
      expect(await codesOf(log)).toEqual([]);
    }
  });

  it('an unsigned log keeps no digest of a key in its records', async () => {
    const store = createMemoryStore();
    const log = await openEvidenceLog({ store, origin, writer: 'w', hmac: false });
    await log.append([aDraft()], { idempotencyKey: 'guessable' });
    const [record] = await store.read(1, 1);
    expect(Buffer.from(record!.bytes).toString()).not.toContain('"append"');
    // What the bytes need not say, fsck does not miss in them.
    await log.append([aDraft()], { idempotencyKey: 'other', claim: 'c' });
    expect((await fsck({ log })).findings).toEqual([]);
  });
});
