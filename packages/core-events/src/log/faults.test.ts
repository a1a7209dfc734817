import { fromUtf8, leafHash, sha256, toHex, utf8 } from '@spanforge/core-signing';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createDiscloser } from '../disclose.js';
import type { RecordDraft } from '../ports.js';
import { auditGapV1 } from '../records/audit-gap-v1.js';
import { policyDecisionV1 } from '../records/policy-decision-v1.js';
import { reviewConsumedV1 } from '../records/review-consumed-v1.js';
import { aContext, aDraft, aLog, testSecret } from '../testing/fixtures.js';
import { fsck } from './fsck.js';
import { createMemoryStore } from './memory-store.js';
import type { EvidenceStore, StoreGroup } from './store.js';

/** A store that hands every append to `append`, with what it would have done itself. */
function through(
  append: (
    groups: readonly StoreGroup[],
    store: EvidenceStore,
  ) => ReturnType<EvidenceStore['append']>,
  store = createMemoryStore(),
): EvidenceStore {
  return { ...store, append: (groups) => append(groups, store) };
}

const gapsOf = async (log: Awaited<ReturnType<typeof aLog>>) =>
  (await log.query({ types: [auditGapV1.key], limit: 1000 })).records.map((record) =>
    auditGapV1.fromWire(record.body),
  );

const clean = async (log: Awaited<ReturnType<typeof aLog>>) =>
  expect((await fsck({ log })).findings).toEqual([]);

function aDecision(values: Record<string, string>, disclosures: RecordDraft['disclosures'] = []) {
  const body = policyDecisionV1.toWire({
    service: 'sf_govern',
    control: 'tool_call',
    outcome: 'allow',
    matched: true,
    rules: [],
    reason: 'allowed',
    reasonCode: 'allowed',
    values,
  });
  return { type: policyDecisionV1.key, context: aContext(), body, disclosures };
}

describe('drafts', () => {
  it('T-24: a payload cannot reach the envelope', async () => {
    const log = await aLog();
    for (const member of ['tenant', 'time', 'id', 'type', 'mode', 'writer', '__proto__']) {
      const body = JSON.parse(`{"review_id":"r","call_id":"c","binding":"b","${member}":"forged"}`);
      await expect(
        log.append([{ type: reviewConsumedV1.key, context: aContext(), body }]),
      ).rejects.toMatchObject({ code: 'EVENTS_RECORD_INVALID' });
    }
    const metadata = { tenant: 'forged', time: 'never', id: 'x', type: 'y', mode: 'replay' };
    const draft = {
      type: 'spanforge.manifest.actor.v1',
      context: aContext(),
      body: { actor_id: 'a', metadata },
    };
    await log.append([draft]);
    const [record] = (await log.query({ traceId: 'trace-1' })).records;
    expect(record).toMatchObject({ type: draft.type, mode: 'live', context: aContext() });
    expect(record?.body.metadata).toEqual(metadata);
  });

  it('T-23: the mode stands in the leaf', async () => {
    const store = createMemoryStore();
    const log = await aLog({ store });
    await log.append([{ ...aDraft(), mode: 'replay' }]);
    const [record] = await store.read(1, 1);
    const changed = utf8(fromUtf8(record!.bytes).replace('"mode":"replay"', '"mode":"live"'));
    const forged = { ...record!, bytes: changed };
    expect(log.decode(forged)).toMatchObject({ ok: false, fault: 'leaf_mismatch' });
    expect(log.decode({ ...forged, leaf: leafHash(changed) })).toMatchObject({
      ok: false,
      fault: 'hmac_mismatch',
    });
  });

  const hostile: readonly (readonly [string, unknown])[] = [
    ['no draft', undefined],
    ['null', null],
    ['a number', 1],
    ['no context', { ...aDraft(), context: undefined }],
    ['a type that throws', Object.defineProperty({ ...aDraft() }, 'type', { get: boom })],
    ['a context that throws', { ...aDraft(), context: new Proxy({}, { get: boom }) }],
    ['a body that throws', { ...aDraft(), body: Object.defineProperty({}, 'reason', getter) }],
    ['a proxy that throws', new Proxy({ ...aDraft() }, { get: boom })],
    ['a proxy as payload', { ...aDraft(), body: new Proxy({}, { ownKeys: boom, get: boom }) }],
    ['a date in free data', withMetadata(new Date())],
    ['a getter in free data', withMetadata(Object.defineProperty({}, 'a', getter))],
    ['a cycle in free data', withMetadata(cycle())],
    ['an unsafe integer', withMetadata(2 ** 53)],
    ['a lone surrogate', withMetadata('\ud800')],
    ['another mode', { ...aDraft(), mode: 'production' }],
    ['a negative state size', { ...aDraft(), stateSize: -1 }],
    ['a broken state size', { ...aDraft(), stateSize: 1.5 }],
    ['an empty policy', { ...aDraft(), policy: { id: '', version: '1', digest: 'd' } }],
    ['a span that is no identifier', aDraft({ spanId: 'é' })],
    ['a disclosure nobody committed to', aDecision({}, [createDiscloser()('args', 1)])],
    ['a disclosure that is none', aDecision({ args: 'd'.repeat(43) }, [null as never])],
  ];

  it.each(hostile)('that cannot be recorded are a coded error: %s', async (_, draft) => {
    const log = await aLog();
    const refused = { name: 'EventsError', code: /^EVENTS_RECORD_(INVALID|UNSUPPORTED)$/ };
    const error: unknown = await log.append([aDraft(), draft as RecordDraft]).catch((one) => one);
    expect(error).toMatchObject({ name: refused.name });
    expect((error as { code: string }).code).toMatch(refused.code);
    expect(await log.size()).toBe(1);
    await expect(log.append(draft as never)).rejects.toMatchObject({ name: 'EventsError' });
  });

  it('are recorded as they were at the call, disclosures included', async () => {
    const log = await aLog();
    const disclosure = { ...createDiscloser()('args', { amount: 1 }) };
    const disclosures = [disclosure];
    const kept = { ...disclosure };
    const appended = log.append([aDecision({ args: disclosure.digest }, disclosures)]);
    disclosure.encoded = 'changed';
    disclosures.length = 0;
    await appended;
    expect(await log.disclosures(1)).toEqual([kept]);
    await clean(log);
  });

  it('either are refused or can be read back, whatever is in them', async () => {
    const terms: string[] = [];
    const log = await aLog({
      store: through((groups, store) => {
        terms.push(...groups.flatMap(({ records }) => records.flatMap((one) => one.terms)));
        return store.append(groups);
      }),
    });
    const text = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.string({ minLength: 500, maxLength: 600 }),
    );
    const draft = fc.record(
      {
        context: fc
          .record(
            {
              tenant: text,
              project: text,
              env: text,
              run: text,
              traceId: text,
              spanId: text,
              actor: text,
            },
            { requiredKeys: [] },
          )
          .map((parts) => aContext(parts)),
        mode: fc.constantFrom('live', 'shadow', 'other'),
        policy: fc.record({ id: text, version: text, digest: text }),
        stateSize: fc.oneof(fc.integer(), fc.double()),
      },
      { requiredKeys: ['context'] },
    );
    await fc.assert(
      fc.asyncProperty(draft, async (parts) => {
        const { size } = await log
          .append([{ ...aDraft(), ...(parts as Partial<RecordDraft>) }])
          .then(async ({ receipts }) => ({ size: (await receipts)[0]?.index }))
          .catch((error) => {
            expect(error).toMatchObject({ name: 'EventsError' });
            return { size: undefined };
          });
        if (size === undefined) return;
        const { records } = await log.query({ cursor: size, tenant: parts.context.tenant });
        expect(records[0]?.context).toEqual(parts.context);
      }),
      { numRuns: 300 },
    );
    const lengths = terms.map((term) => utf8(term).length);
    expect(Math.max(...lengths)).toBeLessThanOrEqual(600);
  });
});

function boom(): never {
  throw new RangeError('boom');
}
const getter = { get: boom, enumerable: true };
function withMetadata(value: unknown) {
  const body = { actor_id: 'a', metadata: { value } };
  return { type: 'spanforge.manifest.actor.v1', context: aContext(), body };
}
function cycle(): object {
  const round: Record<string, unknown> = {};
  round.round = round;
  return round;
}

describe('time', () => {
  it('F-15: order is the index, whatever the clock does, and it shows that it went back', async () => {
    const hour = 3_600_000;
    const year = 365 * 24 * hour;
    const start = Date.UTC(2026, 10, 1);
    const clock = [start, start - hour, start + 10 * year, 0, start, 1234.5];
    let now = start;
    const log = await aLog({ clock: () => now });
    for (now of clock) await log.append([aDraft()]);
    const { records } = await log.query({ traceId: 'trace-1' });
    expect(records.map((record) => record.index)).toEqual([1, 2, 3, 4, 5, 6]);
    const ids = records.map((record) => record.id);
    expect(ids).toEqual([...ids].sort());
    expect(records.map((record) => Date.parse(record.time))).toEqual(clock.map(Math.trunc));
    expect(log.status().clockReversals).toBe(3);
    const { findings } = await fsck({ log, clock: () => start });
    expect(findings).toMatchObject(
      [3, 4, 6].map((index) => ({ code: 'time_out_of_place', severity: 'warning', index })),
    );
  });

  it.each([Number.NaN, Number.POSITIVE_INFINITY, 8.64e15, -1e15])(
    'F-15: a clock that says %d records nothing that cannot be read',
    async (broken) => {
      let now = 1000;
      const log = await aLog({ clock: () => now });
      now = broken;
      await expect(log.append([aDraft()])).rejects.toMatchObject({ code: 'EVENTS_RECORD_INVALID' });
      now = 2000;
      await log.append([aDraft()]);
      await clean(log);
    },
  );
});

describe('the queue', () => {
  it('F-19: refuses what it cannot hold, aloud, and loses nothing it took', async () => {
    const log = await aLog({ maxQueueBytes: 6000 });
    const tries = await Promise.allSettled(
      Array.from({ length: 100 }, () => log.append([aDraft()])),
    );
    const refused = tries.filter((one) => one.status === 'rejected');
    expect(refused.length).toBeGreaterThan(50);
    for (const one of refused) expect(one.reason).toMatchObject({ code: 'EVENTS_QUEUE_FULL' });
    const { records } = await log.query({ traceId: 'trace-1', limit: 1000 });
    expect(records).toHaveLength(100 - refused.length);
    expect(records.map((record) => record.writer.n)).toEqual(records.map((_, at) => at + 1));
    expect(await gapsOf(log)).toEqual([]);
    expect(log.status().queuedBytes).toBe(0);
  });

  it('counts the records that name gaps like all others, in and out', async () => {
    const seen: number[] = [];
    let status = () => ({ queuedBytes: 1 });
    const log = await aLog({
      store: through((groups, store) => {
        seen.push(status().queuedBytes);
        return store.append(groups);
      }),
    });
    status = log.status;
    for (let at = 0; at < 5; at += 1) {
      await log.append([aDraft()], { idempotencyKey: 'same' });
      await log.append([aDraft()]);
      expect(log.status().queuedBytes).toBe(0);
    }
    expect(seen.every((bytes) => bytes > 0)).toBe(true);
  });

  it('says so when something could never fit', async () => {
    const log = await aLog({ maxQueueBytes: 2000 });
    await expect(log.append(Array.from({ length: 20 }, () => aDraft()))).rejects.toMatchObject({
      code: 'EVENTS_RECORD_TOO_LARGE',
    });
  });

  it('keeps commits to their size, and the order of what waits', async () => {
    const sizes: number[] = [];
    const log = await aLog({
      maxBatchRecords: 7,
      store: through((groups, store) => {
        sizes.push(groups.reduce((sum, group) => sum + group.records.length, 0));
        return store.append(groups);
      }),
    });
    const drafts = (at: number) =>
      Array.from({ length: (at % 4) + 1 }, () => aDraft({}, { resource: `r${at}` }));
    await Promise.all(Array.from({ length: 60 }, (_, at) => log.append(drafts(at))));
    expect(Math.max(...sizes)).toBeLessThanOrEqual(7);
    const { records } = await log.query({ traceId: 'trace-1', limit: 1000 });
    const resources = records.map((record) => Number(String(record.body.resource).slice(1)));
    expect(resources).toEqual([...resources].sort((a, b) => a - b));
  });

  it('F-20: evicts nothing: the 10,001st record stands beside the first', async () => {
    const log = await aLog();
    for (let at = 0; at < 10_000; at += 500) {
      await log.append(Array.from({ length: 500 }, () => aDraft()));
    }
    expect(await log.size()).toBe(10_001);
    const [oldest] = (await log.query({ traceId: 'trace-1', limit: 1 })).records;
    const [newest] = (await log.query({ newestFirst: true, limit: 1 })).records;
    expect([oldest?.index, newest?.index]).toEqual([1, 10_000]);
  });
});

describe('gaps', () => {
  it('are named again when the record that named them was lost itself', async () => {
    let appends = 0;
    const log = await aLog({
      store: through(async (groups, store) => {
        appends += 1;
        if (appends === 2 || appends === 3) throw new Error('disk full');
        return store.append(groups);
      }),
    });
    await expect(log.append([aDraft()])).rejects.toMatchObject({ code: 'EVENTS_APPEND_FAILED' });
    await expect(log.append([aDraft()])).rejects.toMatchObject({ code: 'EVENTS_APPEND_FAILED' });
    await log.append([aDraft()]);
    const gaps = await gapsOf(log);
    expect(gaps).toMatchObject([{ fromN: 1, toN: 3, count: 3, cause: 'append_failed' }]);
    await clean(log);
  });

  it('that are left are named when the log is closed', async () => {
    const store = createMemoryStore();
    const log = await aLog({ store: { ...store, close: async () => undefined } });
    // Both are asked for before either is taken: the store decides, and a number is left over.
    const asked = [1, 2].map(() => log.append([aDraft()], { claim: 'once' }));
    expect((await Promise.allSettled(asked)).map(({ status }) => status).sort()).toEqual([
      'fulfilled',
      'rejected',
    ]);
    await log.close();
    const after = await aLog({ store });
    expect(await gapsOf(after)).toMatchObject([{ fromN: 2, toN: 2, cause: 'claim_taken' }]);
  });

  it('do not come from a store that answers nonsense for records it stored', async () => {
    let lie = false;
    const log = await aLog({
      store: through(async (groups, store) => {
        const results = await store.append(groups);
        return lie ? [{ status: 'perhaps' } as never] : results;
      }),
    });
    lie = true;
    await expect(log.append([aDraft()])).rejects.toMatchObject({
      code: 'EVENTS_APPEND_FAILED',
      cause: { code: 'EVENTS_STORE_INVALID' },
    });
    lie = false;
    await log.append([aDraft()]);
    await clean(log);
  });
});

describe('joining', () => {
  it('F-22: a hundred submits under one key are one record; another request is refused', async () => {
    const log = await aLog();
    const join = { idempotencyKey: 'order-1', requestDigest: 'd' };
    const all = await Promise.all(Array.from({ length: 100 }, () => log.append([aDraft()], join)));
    const indexes = new Set(
      (await Promise.all(all.map((one) => one.receipts))).flat().map(({ index }) => index),
    );
    expect([...indexes]).toEqual([1]);
    await expect(log.append([aDraft()], { ...join, requestDigest: 'e' })).rejects.toMatchObject({
      code: 'EVENTS_IDEMPOTENCY_CONFLICT',
    });
    const other = await log.append([aDraft({ tenant: 'globex' })], join);
    expect(other.duplicate).toBe(false);
    const stage = log.stage();
    await stage.append([aDraft()]);
    expect((await stage.commit(join)).duplicate).toBe(true);
    await clean(await log);
  });

  it.each([['signed', testSecret] as const, ['not signed', false] as const])(
    'shows the store no key and no digest of a request (%s)',
    async (_, hmac) => {
      const kept: StoreGroup['idempotency'][] = [];
      const store = through((groups, inner) => {
        kept.push(...groups.map((group) => group.idempotency));
        return inner.append(groups);
      });
      const log = await aLog({ store, hmac });
      const join = { idempotencyKey: 'ssn-123-45-6789', requestDigest: 'guessable' };
      await log.append([aDraft()], join);
      await log.append([aDraft()], { ...join, idempotencyKey: 'another' });
      const [one, two] = kept.filter((each) => each !== undefined);
      for (const part of [one?.key, one?.request, two?.key, two?.request]) {
        expect(part).toMatch(/^[0-9a-f]{64}$/);
        expect(part).not.toBe(toHex(sha256('ssn-123-45-6789')));
        expect(part).not.toBe(toHex(sha256('guessable')));
      }
      expect(one?.request).not.toBe(two?.request);
    },
  );

  it('knows a key again after the record key has changed', async () => {
    const store = createMemoryStore();
    const before = await aLog({ store });
    await before.append([aDraft()], { idempotencyKey: 'k' });
    const secret = Uint8Array.from({ length: 32 }, (_, at) => (at * 91 + 5) % 253);
    const after = await aLog({
      store,
      hmac: { kid: 'test-2', secret },
      earlierSecrets: [testSecret],
    });
    expect((await after.append([aDraft()], { idempotencyKey: 'k' })).duplicate).toBe(true);
  });

  it.each([
    { claim: '' },
    { claim: 'c'.repeat(513) },
    { idempotencyKey: 7 },
    { requestDigest: {} },
  ])('refuses options that are none (%#)', async (options) => {
    const log = await aLog();
    await expect(log.append([aDraft()], options as never)).rejects.toMatchObject({
      code: 'EVENTS_OPTIONS_INVALID',
    });
  });
});

describe('closing', () => {
  it('waits for what was appended, and refuses what comes after', async () => {
    const memory = createMemoryStore();
    const log = await aLog({ store: memory });
    const waiting = Array.from({ length: 20 }, () =>
      log.append([aDraft()], { idempotencyKey: 'k' }),
    );
    const closed = log.close();
    const closedError = { code: 'EVENTS_LOG_CLOSED' };
    await expect(log.append([aDraft()])).rejects.toMatchObject(closedError);
    await expect(log.append([])).rejects.toMatchObject(closedError);
    const stage = log.stage();
    await stage.append([aDraft()]);
    await expect(stage.commit()).rejects.toMatchObject(closedError);
    await closed;
    await log.close();
    const answered = await Promise.all(waiting);
    expect(answered.filter((one) => one.duplicate)).toHaveLength(19);
    expect(log.status().state).toBe('closed');
  });

  it('ends although the store is gone', async () => {
    let gone = false;
    const log = await aLog({
      store: through(async (groups, store) => {
        if (gone) throw new Error('gone');
        return store.append(groups);
      }),
    });
    gone = true;
    const appended = log.append([aDraft()]);
    const closed = log.close();
    await expect(appended).rejects.toMatchObject({ code: 'EVENTS_APPEND_FAILED' });
    await closed;
  });
});

describe('options', () => {
  it.each([
    { maxQueueBytes: Number.NaN },
    { maxBatchRecords: 0 },
    { unsignedBelow: Number.NaN },
    { unsignedBelow: -1 },
    { hmac: undefined },
    { hmac: null },
    { hmac: { kid: 'test-1' } },
    { earlierSecrets: [testSecret] },
    { registry: new Map() },
    { origin: 'example.com/a+b' },
    { origin: 'two words' },
    { writer: '' },
  ])('that would switch something off are refused (%#)', async (options) => {
    await expect(aLog(options as never)).rejects.toMatchObject({ code: 'EVENTS_OPTIONS_INVALID' });
  });
});

describe('decoding', () => {
  it('never throws, whatever the store holds', async () => {
    const log = await aLog();
    const good = JSON.parse(fromUtf8((await log.store.read(0, 1))[0]!.bytes));
    const texts = [
      '',
      '{',
      'null',
      '[]',
      JSON.stringify({ ...good, v: 'spanforge.record.v2' }),
      JSON.stringify(good).replace('"system"', '"\\ud800"'),
    ];
    for (const text of texts) {
      const bytes = utf8(text);
      for (const mac of [undefined, { kid: 'test-1', tag: new Uint8Array(3) }]) {
        const stored = { index: 0, bytes, leaf: leafHash(bytes), ...(mac ? { mac } : {}) };
        expect(log.decode(stored)).toMatchObject({ ok: false });
      }
    }
  });
});
