import { createNoteVerifier, generateSigningKey, toVerificationKey } from '@spanforge/core-signing';
import { describe, expect, it } from 'vitest';
import { keyAddedV1 } from '../records/key-added-v1.js';
import { aContext, aDraft, testSecret } from '../testing/fixtures.js';
import { createMemoryMark } from './high-water-mark.js';
import { createMemoryStore } from './memory-store.js';
import { createProjection } from './projection.js';
import { quarantineRecord } from './quarantine.js';
import { openSignedLog, type SignedLogOptions } from './signed-log.js';
import type { EvidenceStore } from './store.js';
import { succeedLog } from './succeed.js';

const origin = 'example.com/log';
const signer = await generateSigningKey({ alg: 'Ed25519', role: 'log' });
const key = createNoteVerifier(origin, toVerificationKey(signer));

/** A store that stays when the log over it is closed. */
const kept = (store: EvidenceStore): EvidenceStore => ({ ...store, close: async () => undefined });

const open = (
  store: EvidenceStore,
  mark = createMemoryMark(),
  more: Partial<SignedLogOptions> = {},
) =>
  openSignedLog({
    store: kept(store),
    origin,
    writer: 'test',
    hmac: testSecret,
    signer,
    mark,
    checkpointEveryMs: 5,
    ...more,
  });

const scopes = (reader: Awaited<ReturnType<typeof open>>) =>
  createProjection({
    reader,
    types: ['spanforge.scope.v1'],
    empty: () => ({ resources: [] as unknown[] }),
    apply: (state, record) =>
      void state.resources.push((record.body as { resource: string }).resource),
  });

const wait = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

const aPackageKey = () => generateSigningKey({ alg: 'Ed25519', role: 'package' });

describe('a signed log', () => {
  it('signs while it is open, and what is left when it closes', async () => {
    const store = createMemoryStore();
    const mark = createMemoryMark();
    const log = await open(store, mark);
    await log.append([aDraft()]);
    for (let tries = 0; log.status().unpublished > 0 && tries < 400; tries += 1) await wait(5);
    expect(log.status()).toMatchObject({ unpublished: 0, signedSize: 2 });
    await log.append([aDraft()]);
    await log.close();
    expect((await mark.load())?.size).toBe(3);
  });

  it('N-06: governs nothing over a log that was set back, and goes on with the right one', async () => {
    const right = createMemoryStore();
    const mark = createMemoryMark();
    const first = await open(right, mark);
    await first.append([aDraft(), aDraft(), aDraft()]);
    await first.close();

    const older = createMemoryStore();
    const [opened] = await right.read(0, 1);
    if (!opened) throw new Error('no record');
    await older.append([{ records: [{ ...opened, timeMs: 0, terms: [], disclosures: [] }] }]);
    const back = await open(older, mark);
    expect(back.status().refusal).toBe('rolled_back');
    await expect(back.append([aDraft()])).rejects.toMatchObject({
      code: 'EVENTS_LOG_FROZEN',
      details: { reason: 'rolled_back' },
    });
    await expect(scopes(back).current()).rejects.toMatchObject({
      code: 'EVENTS_STATE_UNAVAILABLE',
      details: { reason: 'frozen', why: 'rolled_back' },
    });
    expect((await back.query({})).records).toHaveLength(1);
    await back.close();

    const again = await open(right, mark);
    await again.append([aDraft()]);
    await again.close();
    expect((await mark.load())?.size).toBe(5);
  });

  /** A log of so many records after the first, with its mark where it is signed. */
  const aHistory = async (more: number, signed = true) => {
    const [store, mark] = [createMemoryStore(), createMemoryMark()];
    const log = await open(store, mark, { checkpointEveryMs: 0 });
    for (let n = 0; n < more; n += 1) await log.append([aDraft()]);
    if (signed) await log.checkpointer.checkpoint();
    await log.close();
    return { store, mark };
  };

  it.each([
    ['an earlier one', aHistory(1), 'mark_rolled_back'],
    ['another of the same size', aHistory(3), 'history_changed'],
    ['a larger one', aHistory(9), 'history_changed'],
    ['one that was never signed', aHistory(9, false), 'mark_missing'],
  ] as const)(
    'N-06: governs nothing over %s that took its place, mark and all, while it was open',
    async (_, other, reason) => {
      const right = await aHistory(3);
      let now = right;
      const current = <T extends object>(of: () => T): T => {
        const call =
          (name: string) =>
          (...given: unknown[]) =>
            (Reflect.get(of(), name) as (...all: unknown[]) => unknown)(...given);
        return Object.fromEntries(Object.keys(of()).map((name) => [name, call(name)])) as T;
      };
      const store = current(() => now.store);
      const log = await open(
        store,
        current(() => now.mark),
        { checkpointEveryMs: 0 },
      );
      expect(await log.guard.check()).toBeUndefined();
      now = await other;
      expect(await log.guard.check()).toMatchObject({ details: { reason } });
      await expect(log.append([aDraft()])).rejects.toMatchObject({ code: 'EVENTS_LOG_FROZEN' });
      now = right;
      await log.append([aDraft()]).catch(() => undefined);
      expect(await log.guard.check()).toBeUndefined();
      await log.append([aDraft()]);
      await log.checkpointer.checkpoint();
      expect(await log.guard.check()).toBeUndefined();
      await log.close();
    },
  );

  it('N-06: an emptied log is not begun a second time', async () => {
    const mark = createMemoryMark();
    const first = await open(createMemoryStore(), mark);
    await first.append([aDraft()]);
    await first.close();
    const empty = createMemoryStore();
    const log = await open(empty, mark);
    expect(log.status().refusal).toBe('rolled_back');
    expect(await empty.size()).toBe(0);
    await log.close();
  });

  it('N-07: reports a mark that is gone while checkpoints are there', async () => {
    const store = createMemoryStore();
    const first = await open(store);
    await first.append([aDraft()]);
    await first.close();
    const mark = createMemoryMark();
    const log = await open(store, mark);
    expect(log.status().refusal).toBe('mark_missing');
    await expect(log.append([aDraft()])).rejects.toMatchObject({ code: 'EVENTS_LOG_FROZEN' });
    await log.close();
    expect(await mark.load()).toBeUndefined();
  });

  it("governs nothing with another log's package key, once the log names any", async () => {
    const store = createMemoryStore();
    const mark = createMemoryMark();
    const [own, stranger] = [await aPackageKey(), await aPackageKey()];
    const added = {
      type: keyAddedV1.key,
      context: aContext(),
      body: keyAddedV1.toWire({ kid: own.kid, role: 'package', algorithm: 'Ed25519' }),
    };
    const first = await open(store, mark, { packageKeys: [stranger] });
    await first.append([aDraft()]);
    await first.append([added]);
    await first.close();

    const refused = { code: 'EVENTS_LOG_FROZEN', details: { reason: 'package_key_unknown' } };
    const other = await open(store, mark, { packageKeys: [own, stranger] });
    await expect(other.append([aDraft()])).rejects.toMatchObject(refused);
    await expect(other.checkpointer.provable()).rejects.toMatchObject(refused);
    await other.close();

    for (const right of [{ packageKeys: [own] }, { packageKeys: [stranger], newKey: true }, {}]) {
      const log = await open(store, mark, right);
      await log.append([aDraft()]);
      await log.close();
    }
    expect((await mark.load())?.frozen).toBeUndefined();
  });

  it("governs nothing with another log's key, until the key is on record", async () => {
    const store = createMemoryStore();
    const mark = createMemoryMark();
    const first = await open(store, mark);
    await first.append([aDraft()]);
    await first.close();
    const stranger = await generateSigningKey({ alg: 'Ed25519', role: 'log' });
    const foreign = { signer: stranger };

    const refused = { code: 'EVENTS_LOG_FROZEN', details: { reason: 'key_unknown' } };
    const other = await open(store, mark, foreign);
    await expect(other.append([aDraft()])).rejects.toMatchObject(refused);
    await expect(other.checkpointer.provable()).rejects.toMatchObject(refused);
    expect((await other.query({})).records).toHaveLength(2);
    await other.close();
    expect((await mark.load())?.frozen).toBeUndefined();

    const added = (kid: string) => ({
      type: keyAddedV1.key,
      context: aContext(),
      body: keyAddedV1.toWire({ kid, role: 'log', algorithm: 'Ed25519' }),
    });
    const right = await open(store, mark);
    await right.append([added(signer.kid)]);
    await right.close();
    const still = await open(store, mark, foreign);
    expect(still.status().refusal).toBe('key_unknown');
    await still.close();

    const rotating = await open(store, mark, { ...foreign, newKey: true });
    await rotating.append([added(stranger.kid)]);
    await rotating.close();
    for (const key of [foreign, {}]) {
      const log = await open(store, mark, key);
      await log.append([aDraft()]);
      await log.close();
    }
  });

  it('N-01: a state does not lack what was removed from the index', async () => {
    const store = createMemoryStore();
    const mark = createMemoryMark();
    const log = await open(store, mark);
    await log.append([aDraft({}, { resource: 'a' }), aDraft({}, { resource: 'b' })]);
    await log.close();
    const blind = { ...store, find: async () => [] };
    const again = await open(blind, mark);
    expect((await scopes(again).current()).state.resources).toEqual(['a', 'b']);
    await again.close();
  });

  it('N-09: a record without HMAC stops state until an operator puts it aside, on record', async () => {
    const store = createMemoryStore();
    const mark = createMemoryMark();
    const log = await open(store, mark);
    await log.append([aDraft({}, { resource: 'a' })]);
    const [unsigned] = await store.read(1, 1);
    if (!unsigned) throw new Error('no record');
    const { bytes, leaf } = unsigned;
    const terms = ['type:spanforge.scope.v1'];
    await store.append([{ records: [{ bytes, leaf, timeMs: 0, terms, disclosures: [] }] }]);
    await log.append([aDraft({}, { resource: 'b' })]);
    await expect(scopes(log).current()).rejects.toMatchObject({
      ...{ code: 'EVENTS_STATE_UNAVAILABLE', details: { index: 2 } },
    });
    const context = aContext({ actor: 'operator-1' });
    await quarantineRecord(log, { index: 2, reason: 'inserted by hand', context });
    expect((await scopes(log).current()).state.resources).toEqual(['a', 'b']);
    await expect(
      quarantineRecord(log, { index: 1, reason: 'a good one', context }),
    ).rejects.toMatchObject({ code: 'EVENTS_OPTIONS_INVALID' });
    await log.close();
  });

  it('puts a copy of an authentic record aside, on record, and never its original', async () => {
    const store = createMemoryStore();
    const log = await open(store, createMemoryMark());
    await log.append([aDraft({}, { resource: 'a' })]);
    const [original] = await store.read(1, 1);
    if (!original) throw new Error('no record');
    const { mac, bytes, leaf } = original;
    const terms = ['type:spanforge.scope.v1'];
    const copy = { bytes, leaf, timeMs: 0, terms, disclosures: [], ...(mac ? { mac } : {}) };
    await store.append([{ records: [copy] }]);
    const context = aContext({ actor: 'operator-1' });
    const receipt = await quarantineRecord(log, { index: 2, reason: 'written again', context });
    const [record] = (await log.query({ cursor: receipt?.index ?? 0, limit: 1 })).records;
    expect(record?.body).toMatchObject({ index: 2, fault: 'copied' });
    await expect(
      quarantineRecord(log, { index: 1, reason: 'the first one', context }),
    ).rejects.toMatchObject({ code: 'EVENTS_OPTIONS_INVALID' });
    await log.close();
  });

  it('is succeeded by a log that names its last good checkpoint', async () => {
    const log = await open(createMemoryStore());
    await log.append([aDraft()]);
    const { note } = await log.checkpointer.checkpoint();
    await log.close();
    const next = await succeedLog({
      store: createMemoryStore(),
      mark: createMemoryMark(),
      origin: 'example.com/log-2',
      writer: 'test',
      hmac: testSecret,
      signer,
      predecessor: note,
      predecessorKey: key,
      reason: 'rolled_back',
    });
    const [first] = (await next.query({})).records;
    expect(first?.body).toMatchObject({ predecessor: origin, predecessor_size: 2 });
    await next.close();
  });
});
