import { createMemoryStore, type EvidenceStore, openEvidenceLog } from '@spanforge/core-events/log';
import { reviewRequestedV1, reviewResolvedV1 } from '@spanforge/core-events/records';
import { generateSigningKey, leafHash, utf8 } from '@spanforge/core-signing';
import { describe, expect, it } from 'vitest';
import { createOperator } from '../operator.js';
import {
  contextOf,
  endedDraft,
  openTestLog,
  policyDraft,
  rbacDraft,
  record,
  recordCall,
  SECRET,
  scopeDraft,
  startedDraft,
} from '../test-log.js';
import { formatTrace } from './format.js';

const codes = (report: { completeness: readonly { code: string }[] }) =>
  report.completeness.map(({ code }) => code);

/** A store whose records can be changed behind the log's back. */
function corruptible(store: EvidenceStore) {
  const changes = new Map<number, (bytes: Uint8Array) => Uint8Array>();
  const change = <Stored extends { index: number; bytes: Uint8Array; leaf: Uint8Array }>(
    one: Stored,
  ): Stored => {
    const edit = changes.get(one.index);
    return edit ? { ...one, bytes: edit(one.bytes) } : one;
  };
  const wrapped: EvidenceStore = {
    ...store,
    read: async (first, count) => (await store.read(first, count)).map(change),
    find: async (query) => (await store.find(query)).map(change),
  };
  return { store: wrapped, changes };
}

describe('inspectTrace', () => {
  it('answers the four questions about an allowed call', async () => {
    const { log, operator, checkpointer } = await openTestLog();
    await recordCall(log, 'trace-1');
    const report = await operator.inspectTrace('trace-1');
    expect(report).toMatchObject({ status: 'found', outcome: 'allow', completeness: [] });
    expect(report.chain).toMatchObject({ status: 'acknowledged', published: 0, acknowledged: 5 });
    expect(report.summary.allowed).toContain(
      'Call c1 of payments.refund ran on sf_scope/capability_enforcement',
    );
    expect(report.summary.blocked).toBe('Nothing was blocked.');
    expect(report.summary.controls).toContain('rule refund-limit of policy prod 2026.05.02');
    await checkpointer.checkpoint();
    const later = await operator.inspectTrace('trace-1');
    expect(later.chain).toMatchObject({
      status: 'published',
      published: 5,
      checkpoint: { signature: 'verified' },
    });
    expect(JSON.parse(JSON.stringify(later))).toEqual(later);
    expect(later.timeline.map(({ index }) => index)).toEqual([1, 2, 3, 4, 5]);
  });

  it('says no_evidence of a trace nobody recorded, and calls nothing valid', async () => {
    const { operator } = await openTestLog();
    const report = await operator.inspectTrace('nobody');
    expect(report).toMatchObject({
      status: 'no_evidence',
      outcome: 'no_evidence',
      timeline: [],
      chain: { status: 'empty' },
    });
    expect(formatTrace(report)).toContain('no chain to be valid');
  });

  it('says why a call was blocked, by which control', async () => {
    const { log, operator } = await openTestLog();
    const context = contextOf('b');
    const decisions = await record(log, rbacDraft(context), scopeDraft(context, 'block'));
    await record(log, endedDraft(context, decisions, undefined, 'blocked'));
    const report = await operator.inspectTrace('b');
    expect(report.outcome).toBe('block');
    expect(report.summary.blocked).toContain(
      'sf_scope/capability_enforcement said block at index 2',
    );
    expect(report.summary.blocked).toContain('(not_granted)');
    expect(report.summary.allowed).toContain('As a whole it was not allowed');
    expect(report.completeness).toEqual([]);
  });

  it('counts an escalation as human review, and shadow and replayed records not at all', async () => {
    const { log, operator } = await openTestLog();
    await record(log, scopeDraft(contextOf('e'), 'escalate'));
    expect((await operator.inspectTrace('e')).outcome).toBe('human_review');
    await record(log, { ...scopeDraft(contextOf('s'), 'block'), mode: 'replay' });
    const report = await operator.inspectTrace('s');
    expect(report).toMatchObject({ status: 'found', outcome: 'undecided' });
    expect(report.summary.controls).toContain(
      '1 simulated, replayed or shadow decisions do not count',
    );
    expect(formatTrace(report)).toContain('[REPLAY, acknowledged]');
  });
});

describe('completeness', () => {
  it('finds what was allowed and never executed', async () => {
    const { log, operator } = await openTestLog();
    await record(log, policyDraft(contextOf('a'), 'allow'));
    expect(codes(await operator.inspectTrace('a'))).toEqual(['allowed_not_executed']);
  });

  it('misses no call where a service was asked by itself', async () => {
    const { log, operator } = await openTestLog();
    const context = contextOf('asked');
    await record(log, scopeDraft(context, 'allow'), rbacDraft(context));
    const report = await operator.inspectTrace('asked');
    expect(codes(report)).toEqual([]);
    expect(formatTrace(report)).not.toContain('allowed_not_executed');
    // What it was asked about is a tool here: there should have been a call.
    const called = contextOf('called');
    const decided = policyDraft(called, 'block');
    await record(log, scopeDraft(called, 'allow'), {
      ...decided,
      body: { ...(decided.body as object), tool: 'payments' },
    });
    expect(codes(await operator.inspectTrace('called'))).toEqual(['allowed_not_executed']);
  });

  it('finds what ran without a decision, against one, or without its approval', async () => {
    const { log, operator } = await openTestLog();
    const bare = contextOf('x1');
    await record(log, startedDraft(bare, []), endedDraft(bare, []));
    const blocked = contextOf('x2');
    const [no = ''] = await record(log, scopeDraft(blocked, 'block'));
    await record(log, startedDraft(blocked, [no]), endedDraft(blocked, [no]));
    const held = contextOf('x3');
    const [ask = ''] = await record(log, scopeDraft(held, 'escalate'));
    await record(log, startedDraft(held, [ask]), endedDraft(held, [ask]));
    const lost = contextOf('x4');
    await record(log, startedDraft(lost, ['01JUNKNOWN']), endedDraft(lost, ['01JUNKNOWN']));
    for (const traceId of ['x1', 'x2', 'x3', 'x4']) {
      expect(codes(await operator.inspectTrace(traceId))).toEqual(['executed_not_authorised']);
    }
  });

  it('takes an approval that is on record', async () => {
    const { log, operator } = await openTestLog();
    const context = contextOf('ok');
    const [ask = ''] = await record(log, scopeDraft(context, 'escalate'));
    const common = { reviewId: 'r1', binding: 'b' };
    await record(
      log,
      {
        type: reviewRequestedV1.key,
        context,
        body: reviewRequestedV1.toWire({
          ...common,
          callId: 'c1',
          tool: 'payments.refund',
          decisions: [ask],
          reason: 'needs a person',
          reasonCode: 'held',
        }),
      },
      {
        type: reviewResolvedV1.key,
        context,
        body: reviewResolvedV1.toWire({ ...common, resolution: 'approved', reviewer: 'user:bob' }),
      },
    );
    const started = startedDraft(context, [ask]);
    await record(log, { ...started, body: { ...(started.body as object), review_id: 'r1' } });
    await record(log, endedDraft(context, [ask]));
    const report = await operator.inspectTrace('ok');
    expect(report).toMatchObject({
      outcome: 'allow',
      strictest: 'human_review',
      completeness: [],
    });
    expect(report.summary.allowed).toContain('the approval of review r1');
    expect(report.summary.blocked).toContain('was held for review r1');
  });

  it('finds a start without an end', async () => {
    const { log, operator } = await openTestLog();
    const context = contextOf('s');
    const decisions = await record(log, policyDraft(context, 'allow'));
    await record(log, startedDraft(context, decisions));
    expect(codes(await operator.inspectTrace('s'))).toEqual(['started_not_ended']);
  });

  it('finds holes in the numbers of a writer, and says when it did not look', async () => {
    const test = await openTestLog();
    const { log, store } = test;
    const context = contextOf('h');
    await record(log, rbacDraft(context));
    const [stored] = await store.read(1, 1);
    const text = new TextDecoder().decode(stored?.bytes);
    const bytes = utf8(text.replace(/"n":\d+/, '"n":5'));
    const terms = ['trace:h', 'type:spanforge.rbac.v1'];
    await store.append([
      { records: [{ bytes, leaf: leafHash(bytes), timeMs: 1, terms, disclosures: [] }] },
    ]);
    const open = createOperator({
      reader: await openEvidenceLog({ store, origin: test.origin, writer: 'w2', hmac: false }),
    });
    const holes = (await open.inspectTrace('h')).completeness.filter(
      ({ code }) => code === 'writer_hole',
    );
    expect(holes[0]?.message).toContain('2, 3, 4');
    const blind = createOperator({ reader: log, maxWriterScan: 1 });
    await recordCall(log, 'i');
    expect(codes(await blind.inspectTrace('i'))).toEqual(['writers_not_checked']);
  });

  it('knows that an audit gap explains a hole', async () => {
    const { log, operator } = await openTestLog();
    const context = contextOf('g');
    await log.append([rbacDraft(context)], { claim: 'once' });
    await expect(log.append([rbacDraft(context)], { claim: 'once' })).rejects.toThrow();
    await log.append([rbacDraft(context)]);
    expect(codes(await operator.inspectTrace('g'))).not.toContain('writer_hole');
  });
});

describe('broken evidence', () => {
  it('is named by index, hides no other record, and is never exported', async () => {
    const inner = createMemoryStore();
    const { store, changes } = corruptible(inner);
    const log = await openEvidenceLog({
      store,
      origin: 'log.example/x',
      writer: 'w',
      hmac: SECRET,
    });
    const packageKeys = [await generateSigningKey({ alg: 'Ed25519', role: 'package' })];
    const operator = createOperator({ reader: log, packageKeys });
    for (let at = 0; at < 5; at += 1) await recordCall(log, 'trace-1');
    changes.set(7, (bytes) => utf8(new TextDecoder().decode(bytes).replace('refund', 'refunD')));
    const report = await operator.inspectTrace('trace-1');
    expect(report.chain).toMatchObject({
      status: 'broken',
      broken: [{ index: 7, reason: 'leaf_mismatch' }],
    });
    expect(report.timeline).toHaveLength(24);
    expect(report.summary.chain).toContain('broken at index 7 (leaf_mismatch)');
    await expect(operator.exportPackage({ traceId: 'trace-1' })).rejects.toMatchObject({
      code: 'OPERATOR_EVIDENCE_BROKEN',
      details: { index: 7 },
    });
  });

  it('T-25: is found where bytes and leaf were changed together, once a checkpoint covers them', async () => {
    const { store, log, checkpointer, vkey } = await openTestLog({ hmac: false });
    await recordCall(log, 'trace-1');
    await checkpointer.checkpoint();
    const swapped: EvidenceStore = {
      ...store,
      find: async (query) =>
        (await store.find(query)).map((one) => {
          if (one.index !== 2) return one;
          const bytes = utf8(
            new TextDecoder().decode(one.bytes).replace('"allowed":true', '"allowed":false'),
          );
          return { ...one, bytes, leaf: leafHash(bytes) };
        }),
    };
    const reader = await openEvidenceLog({
      store: swapped,
      origin: log.origin,
      writer: 'w2',
      hmac: false,
    });
    const report = await createOperator({ reader, logKey: vkey }).inspectTrace('trace-1');
    expect(report.chain.broken).toEqual([{ index: 2, reason: 'not_in_checkpoint' }]);
    expect(report.timeline[1]?.state).toBe('broken');
  });

  it('names the one broken record among many', async () => {
    const { store, log, checkpointer } = await openTestLog({ hmac: false });
    await record(log, ...Array.from({ length: 100 }, () => rbacDraft(contextOf('many'))));
    await checkpointer.checkpoint();
    const reader = {
      ...log,
      store,
      query: async (query: Parameters<typeof log.query>[0]) => {
        const page = await log.query(query);
        const records = page.records.map((one) =>
          one.index === 50 ? { ...one, bytes: utf8('{}') } : one,
        );
        return { ...page, records };
      },
    };
    const report = await createOperator({ reader }).inspectTrace('many');
    expect(report.chain).toMatchObject({
      published: 99,
      broken: [{ index: 50, reason: 'not_in_checkpoint' }],
    });
  });

  it('says so when the checkpoint is not signed by the log', async () => {
    const test = await openTestLog({
      logKey: await generateSigningKey({ alg: 'Ed25519', role: 'log' }),
    });
    await recordCall(test.log, 'trace-1');
    await test.checkpointer.checkpoint();
    const other = await openTestLog();
    const report = await createOperator({ reader: test.log, logKey: other.vkey }).inspectTrace(
      'trace-1',
    );
    expect(report.chain).toMatchObject({ status: 'broken', broken: [{ reason: 'untrusted_key' }] });
  });
});

describe('formatTrace', () => {
  it('R-08, R-10: shows whatever would steer a terminal as an escape', async () => {
    const { log, operator } = await openTestLog();
    const evil = 'x\u001b]52;c;aGk=\u0007\r\n\u202eknab\u200b\u0085\u2028\ufeff';
    await record(log, {
      ...scopeDraft(contextOf('t', { agent: evil, actor: evil }), 'block'),
      body: {
        agent_id: 'a',
        resource: evil,
        action: 'read',
        outcome: 'block',
        allowed: false,
        reason: evil,
        reason_code: evil,
      },
    });
    const printed = formatTrace(await operator.inspectTrace('t'));
    expect(printed).toContain(
      'x\\x1b]52;c;aGk=\\x07\\x0d\\x0a\\u202eknab\\u200b\\x85\\u2028\\ufeff',
    );
    expect(printed.replaceAll('\n', '')).not.toMatch(/[\p{Cc}\p{Cf}\u2028]/u);
  });
});

describe('options', () => {
  it('are refused when they contradict the log or the roles of keys', async () => {
    const { log, keys, operator } = await openTestLog();
    const invalid = { code: 'OPERATOR_OPTIONS_INVALID' };
    const make = (more: object) => () => createOperator({ reader: log, ...more });
    expect(make({ packageKeys: [keys.log] })).toThrow(expect.objectContaining(invalid));
    expect(make({ packageKeys: [keys.ed25519, keys.ed25519] })).toThrow(
      expect.objectContaining(invalid),
    );
    expect(make({ logKey: 'nonsense' })).toThrow(expect.objectContaining(invalid));
    expect(make({ logKey: (await openTestLog({ origin: 'other' })).vkey })).toThrow(
      expect.objectContaining(invalid),
    );
    await expect(
      createOperator({ reader: log }).exportPackage({ traceId: 'x' }),
    ).rejects.toMatchObject(invalid);
    const few = createOperator({ reader: log, maxRecords: 2 });
    await recordCall(log, 'm');
    await expect(few.inspectTrace('m')).rejects.toMatchObject({
      code: 'OPERATOR_SELECTION_TOO_LARGE',
    });
    const unsigned = createOperator({ reader: log, packageKeys: [keys.ed25519] });
    await expect(unsigned.exportPackage({ traceId: 'm' })).rejects.toMatchObject({
      code: 'OPERATOR_CHECKPOINT_UNAVAILABLE',
    });
    await operator.exportPackage({ traceId: 'm' });
    expect((await unsigned.exportPackage({ traceId: 'm' })).size).toBeGreaterThan(8);
  });
});
