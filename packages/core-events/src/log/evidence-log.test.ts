import { fromUtf8, leafHash, toHex } from '@spanforge/core-signing';
import { describe, expect, it } from 'vitest';
import { EventsError } from '../error.js';
import type { RecordDraft } from '../ports.js';
import { auditGapV1 } from '../records/audit-gap-v1.js';
import { parseEnvelope } from '../records/envelope.js';
import { lineageV1 } from '../records/lineage-v1.js';
import { aContext, aDraft, aLog, testSecret } from '../testing/fixtures.js';
import { createMemoryStore } from './memory-store.js';
import type { EvidenceStore } from './store.js';

/** A store whose appends fail when told to, after or before they took effect. */
function failing(
  store: EvidenceStore,
  plan: (append: number) => 'ok' | 'before' | 'after',
): EvidenceStore {
  let appends = 0;
  return {
    ...store,
    async append(groups) {
      appends += 1;
      const fate = plan(appends);
      if (fate === 'before') throw new Error('disk full');
      const results = await store.append(groups);
      if (fate === 'after') throw new Error('connection lost');
      return results;
    },
  };
}

describe('the evidence log', () => {
  it('writes canonical bytes with contiguous numbers, and reads exactly them back', async () => {
    const log = await aLog();
    const results = await Promise.all(
      Array.from({ length: 50 }, () => log.append([aDraft(), aDraft()])),
    );
    const receipts = (await Promise.all(results.map((one) => one.receipts))).flat();
    expect(receipts.map((one) => one.index)).toEqual(
      Array.from({ length: 100 }, (_, at) => at + 1),
    );
    const { records } = await log.query({ traceId: 'trace-1', limit: 1000 });
    for (const [at, record] of records.entries()) {
      expect(record.id).toBe(receipts[at]?.id);
      expect(toHex(leafHash(record.bytes))).toBe(receipts[at]?.leaf);
      expect(record.writer.n).toBe(at + 1);
      expect(parseEnvelope(JSON.parse(fromUtf8(record.bytes))).id).toBe(record.id);
      expect(record.mac).toMatch(/^hmac-sha256:[0-9a-f]{64}$/);
    }
    expect(log.status().commits).toBeLessThan(50);
  });

  it('records the value at the call, whatever the caller does to it afterwards', async () => {
    const log = await aLog();
    const draft = aDraft();
    const appended = log.append([draft]);
    (draft.body as { resource: string }).resource = 'changed';
    (draft.context as { tenant: string }).tenant = 'changed';
    await appended;
    const record = (await log.query({ traceId: 'trace-1' })).records[0];
    expect(record?.body.resource).toBe('claims');
    expect(record?.context.tenant).toBe('acme');
  });

  it.each([
    [{ ...aDraft(), type: 'spanforge.unknown.v1' }, 'EVENTS_RECORD_UNSUPPORTED'],
    [{ ...aDraft(), body: { tenant: 'other' } }, 'EVENTS_RECORD_INVALID'],
    [aDraft({ traceId: '' }), 'EVENTS_RECORD_INVALID'],
    [aDraft({ run: 'é' }), 'EVENTS_RECORD_INVALID'],
    [aDraft({ tenant: '\ud800' }), 'EVENTS_RECORD_INVALID'],
    [{ ...aDraft(), stateSize: Number.NaN }, 'EVENTS_RECORD_INVALID'],
  ])('refuses what it cannot record, and records nothing (%#)', async (draft, code) => {
    const log = await aLog();
    await expect(log.append([aDraft(), draft])).rejects.toMatchObject({ code });
    expect(await log.size()).toBe(1);
  });

  it('refuses a record that is too large', async () => {
    const log = await aLog();
    const draft = aDraft();
    const body = { ...(draft.body as object), reason: 'é'.repeat(40_000) };
    await expect(log.append([{ ...draft, body }])).rejects.toMatchObject({
      code: 'EVENTS_RECORD_TOO_LARGE',
    });
  });

  it('answers a repeated key with the first receipts, and names the numbers it did not use', async () => {
    const log = await aLog();
    const join = { idempotencyKey: 'k', requestDigest: 'd' };
    const all = await Promise.all(Array.from({ length: 20 }, () => log.append([aDraft()], join)));
    const ids = new Set(all.flatMap((one) => one.ids));
    expect(ids.size).toBe(1);
    expect(all.filter((one) => !one.duplicate)).toHaveLength(1);
    await expect(log.append([aDraft()], { ...join, requestDigest: 'e' })).rejects.toMatchObject({
      code: 'EVENTS_IDEMPOTENCY_CONFLICT',
    });
    await log.append([aDraft()]);
    const gaps = await log.query({ types: [auditGapV1.key] });
    const counts = gaps.records.map((record) => auditGapV1.fromWire(record.body));
    expect(
      counts.filter((gap) => gap.cause === 'duplicate').reduce((sum, gap) => sum + gap.count, 0),
    ).toBe(19);
    expect(counts.some((gap) => gap.cause === 'idempotency_conflict')).toBe(true);
  });

  it('lets a claim be taken once', async () => {
    const log = await aLog();
    const tries = await Promise.allSettled(
      Array.from({ length: 10 }, () => log.append([aDraft()], { claim: 'review:1' })),
    );
    expect(tries.filter((one) => one.status === 'fulfilled')).toHaveLength(1);
    for (const one of tries) {
      if (one.status === 'rejected')
        expect(one.reason).toMatchObject({ code: 'EVENTS_CLAIM_TAKEN' });
    }
    expect((await log.query({ traceId: 'trace-1' })).records).toHaveLength(1);
  });

  it('pushes back before it takes more than it may hold', async () => {
    const log = await aLog({ maxQueueBytes: 3000 });
    const tries = await Promise.allSettled(
      Array.from({ length: 20 }, () => log.append([aDraft()])),
    );
    const pushed = tries.filter((one) => one.status === 'rejected');
    expect(pushed.length).toBeGreaterThan(0);
    for (const one of pushed) expect(one.reason).toMatchObject({ code: 'EVENTS_QUEUE_FULL' });
    const stored = (await log.query({ traceId: 'trace-1', limit: 1000 })).records.length;
    expect(stored).toBe(20 - pushed.length);
    expect(log.status().queuedBytes).toBe(0);
  });

  it('acknowledges nothing of a failed commit, and goes on when the store does', async () => {
    const memory = createMemoryStore();
    const log = await aLog({
      store: failing(memory, (append) => (append === 3 ? 'before' : 'ok')),
    });
    await log.append([aDraft()]);
    await expect(log.append([aDraft()])).rejects.toMatchObject({ code: 'EVENTS_APPEND_FAILED' });
    await log.append([aDraft()]);
    const { records } = await log.query({ limit: 100 });
    expect(records.map((record) => record.writer.n)).toEqual([0, 1, 3, 4]);
    const gap = records.find((record) => record.type === auditGapV1.key);
    expect(gap?.body).toMatchObject({ from_n: 2, to_n: 2, count: 1, cause: 'append_failed' });
  });

  it('notices a changed byte, a changed leaf and a forged HMAC when it reads', async () => {
    const memory = createMemoryStore();
    const log = await aLog({ store: memory });
    await log.append([aDraft()]);
    const [, record] = await memory.read(0, 2);
    const bytes = record?.bytes as Uint8Array;
    const at = Buffer.from(bytes).indexOf('claims-agent');
    bytes[at] = (bytes[at] ?? 0) ^ 1;
    await expect(log.query({ traceId: 'trace-1' })).rejects.toMatchObject({
      code: 'EVENTS_RECORD_TAMPERED',
      details: { index: 1, fault: 'leaf_mismatch' },
    });
    record?.leaf.set(leafHash(bytes));
    await expect(log.query({ traceId: 'trace-1' })).rejects.toMatchObject({
      details: { index: 1, fault: 'hmac_mismatch' },
    });
  });

  it('does not believe unsigned records once it signs', async () => {
    const memory = createMemoryStore();
    const unsigned = await aLog({ store: memory, hmac: false });
    await unsigned.append([aDraft()]);
    await expect(aLog({ store: memory })).rejects.toMatchObject({
      details: { fault: 'hmac_missing' },
    });
    const signing = await aLog({ store: memory, unsignedBelow: 2 });
    await signing.append([aDraft()]);
    expect((await signing.query({ traceId: 'trace-1' })).records).toHaveLength(2);
  });

  it('refuses a store that holds another log, and a weak secret', async () => {
    const store = createMemoryStore();
    await aLog({ store });
    await expect(aLog({ store, origin: 'example.com/other' })).rejects.toMatchObject({
      code: 'EVENTS_OPTIONS_INVALID',
    });
    await expect(
      aLog({ hmac: { ...testSecret, secret: new Uint8Array(8) } }),
    ).rejects.toMatchObject({
      code: 'SIGNING_SECRET_WEAK',
    });
  });

  it('commits a stage as one, and tells every service how it went', async () => {
    const log = await aLog();
    const stage = log.stage();
    const first = await stage.append([aDraft({}, { resource: 'one' })]);
    const second = await stage.append([aDraft({}, { resource: 'two' }), aDraft()]);
    expect(await log.size()).toBe(1);
    await stage.commit();
    expect((await first.receipts).map((one) => one.index)).toEqual([1]);
    expect((await second.receipts).map((one) => one.id)).toEqual(second.ids);
    await expect(stage.append([aDraft()])).rejects.toThrow(EventsError);
    const lost = log.stage();
    const staged = await lost.append([aDraft()]);
    lost.discard(new Error('given up'));
    await expect(staged.receipts).rejects.toThrow('given up');
  });

  it('finds by what a record says it is about', async () => {
    const log = await aLog();
    const about = (...subjects: string[]): RecordDraft => ({
      type: lineageV1.key,
      context: aContext(),
      body: lineageV1.toWire({
        ...{ activity: 'copy', kind: 'transform', inputs: [], outputs: [], subjects },
      }),
    });
    const long = 'x'.repeat(400);
    for (const draft of [about('a', 'b', 'a'), about('b'), about(long)]) await log.append([draft]);
    const found = async (subject: string) =>
      (await log.query({ subject })).records.map(({ index }) => index);
    expect(await Promise.all(['a', 'b', long, 'c'].map(found))).toEqual([[1], [1, 2], [3], []]);
  });

  it('finds by every part of a query, page by page, in both directions', async () => {
    const log = await aLog();
    for (let at = 0; at < 30; at += 1) {
      await log.append([
        aDraft(
          { traceId: `t${at % 3}`, run: `r${at % 2}` },
          { outcome: at % 5 === 0 ? 'block' : 'allow' },
        ),
      ]);
    }
    const expected = Array.from({ length: 30 }, (_, at) => at).filter(
      (at) => at % 3 === 1 && at % 2 === 0,
    );
    const found: number[] = [];
    for (let cursor: number | undefined = 0; cursor !== undefined; ) {
      const page = await log.query({ traceId: 't1', run: 'r0', cursor, limit: 2 });
      found.push(...page.records.map((record) => record.index - 1));
      cursor = page.next;
    }
    expect(found).toEqual(expected);
    const newest = await log.query({ outcome: 'block', newestFirst: true, limit: 2 });
    expect(newest.records.map((record) => record.index)).toEqual([26, 21]);
    const older = await log.query({
      outcome: 'block',
      newestFirst: true,
      limit: 9,
      cursor: newest.next ?? 0,
    });
    expect(older.records.map((record) => record.index)).toEqual([16, 11, 6, 1]);
    await expect(log.query({ limit: 0 })).rejects.toMatchObject({ code: 'EVENTS_QUERY_INVALID' });
    await expect(log.query({ cursor: -1 })).rejects.toMatchObject({ code: 'EVENTS_QUERY_INVALID' });
  });
});
