import type { EvidenceReader } from '@spanforge/core-events';
import { fromUtf8, sha256, toHex } from '@spanforge/core-signing';
import { describe, expect, it, vi } from 'vitest';
import { createOperator } from '../operator.js';
import {
  BUNDLE,
  bundleDraft,
  contextOf,
  openTestLog,
  POLICY,
  policyDraft,
  rbacDraft,
  record,
  recordCall,
} from '../test-log.js';
import { predicate, resign, statementOf, text, withFiles } from '../verify/test-forge.js';
import { verifyPackage } from '../verify/verify-package.js';

describe('exportPackage', () => {
  it('exports the exact bytes of the log, and says what it is about', async () => {
    const { log, store, operator, trusted, origin } = await openTestLog();
    await recordCall(log, 'trace-1');
    const pkg = await operator.exportPackage({ traceId: 'trace-1' });
    const stored = await store.read(1, 5);
    expect(text(pkg, 'records.jsonl')).toBe(
      stored.map(({ bytes }) => `${fromUtf8(bytes)}\n`).join(''),
    );
    const { predicate, subject } = statementOf(pkg);
    expect(subject.map(({ name }) => name)).toEqual(
      [...pkg.keys()].filter((name) => name !== 'package.dsse.json').sort(),
    );
    expect(predicate).toMatchObject({
      log_origin: origin,
      query: { trace_id: 'trace-1' },
      outcome: 'allow',
      size_range: { from: 0, to: 6 },
      completeness: [],
      counts: { selected: 5, withheld: 2, redacted: 0, missing: 0 },
      missing_policies: [POLICY.digest],
      summary: { chain: expect.stringContaining('Yes: 5 record(s)') },
    });
    expect((await verifyPackage(pkg, { keys: trusted })).verdict).toBe('valid');
  });

  it("refuses a selection that holds another tenant's records, where one tenant is shown", async () => {
    const { log, checkpointer, keys, trusted } = await openTestLog();
    await record(log, policyDraft(contextOf('shared'), 'allow'));
    await record(log, policyDraft(contextOf('shared', { tenant: 'globex' }), 'block'));
    const selectFrom: EvidenceReader = {
      ...log,
      query: (query) => log.query({ ...query, tenant: 'acme' }),
    };
    const operator = createOperator({
      ...{ reader: log, selectFrom, checkpointer, packageKeys: [keys.ed25519, keys.es256] },
    });
    await expect(operator.exportPackage({ traceId: 'shared' })).rejects.toMatchObject({
      code: 'OPERATOR_SELECTION_FOREIGN',
    });
    await expect(operator.exportPackage({ query: { tenant: 'globex' } })).rejects.toMatchObject({
      code: 'OPERATOR_SELECTION_FOREIGN',
    });
    const own = await operator.exportPackage({ query: { traceId: 'shared', tenant: 'acme' } });
    expect(text(own, 'records.jsonl')).not.toContain('globex');
    expect((await verifyPackage(own, { keys: trusted })).verdict).toBe('valid');
  });

  it('carries the bundles that decided, whole or put together from parts', async () => {
    for (const drafts of [
      [bundleDraft()],
      [bundleDraft({ number: 2, of: 2 }), bundleDraft({ number: 1, of: 2 })],
    ]) {
      const { log, operator, trusted } = await openTestLog();
      await record(log, ...drafts);
      await recordCall(log, 't');
      const pkg = await operator.exportPackage({ traceId: 't' });
      expect(text(pkg, `policy/${POLICY.digest}.json`)).toBe(BUNDLE);
      expect(toHex(sha256(BUNDLE))).toBe(POLICY.digest);
      expect(await verifyPackage(pkg, { keys: trusted })).toMatchObject({
        verdict: 'valid',
        counts: { policies: 1 },
      });
    }
    const { log, operator } = await openTestLog();
    await record(log, bundleDraft({ number: 1, of: 2 }));
    await recordCall(log, 't');
    const pkg = await operator.exportPackage({ traceId: 't' });
    expect(pkg.has(`policy/${POLICY.digest}.json`)).toBe(false);
  });

  it('takes a query, counts redactions, and shows each value to whom it belongs', async () => {
    const { log, operator, trusted } = await openTestLog();
    await recordCall(log, 'a');
    await record(log, policyDraft(contextOf('b', { tenant: 'globex' }), 'redact'));
    const query = { types: ['spanforge.policy.decision.v1'] };
    const disclose = (one: { context: { tenant: string } }) => one.context.tenant === 'acme';
    const pkg = await operator.exportPackage({ query }, { disclose });
    expect(statementOf(pkg).predicate).toMatchObject({
      query,
      outcome: 'redact',
      counts: { selected: 2, withheld: 1, redacted: 1, missing: 0 },
    });
    expect(await verifyPackage(pkg, { keys: trusted })).toMatchObject({
      verdict: 'valid',
      counts: { records: 2, disclosures: 1 },
    });
  });

  it('takes the last checkpoint while another process signs, if it covers the records', async () => {
    const { log, store, checkpointer, operator } = await openTestLog();
    await recordCall(log, 'a');
    await checkpointer.checkpoint();
    expect(await store.lease('checkpoint', 'another', Date.parse('2030-01-01'), 1000)).toBe(true);
    expect((await operator.exportPackage({ traceId: 'a' })).size).toBeGreaterThan(8);
  });

  it('waits while another process signs, if its last checkpoint does not cover them, and signs itself then', async () => {
    const { log, store, operator } = await openTestLog();
    await recordCall(log, 'b');
    const lease = (from: string, ms: number) =>
      store.lease('checkpoint', 'another', Date.parse(from), ms);
    expect(await lease('2030-01-01', 1000)).toBe(true);
    let settled = false;
    const made = operator.exportPackage({ traceId: 'b' }).finally(() => {
      settled = true;
    });
    await new Promise((resolve) => setTimeout(resolve, 150));
    expect(settled).toBe(false);
    await lease('2000-01-01', 0);
    expect((await made).size).toBeGreaterThan(8);
  });

  it('says that no checkpoint covers the records where the other one does not end', async () => {
    const { log, store, operator } = await openTestLog();
    await recordCall(log, 'b');
    await store.lease('checkpoint', 'another', Date.parse('2030-01-01'), 1000);
    vi.useFakeTimers({ toFake: ['setTimeout'] });
    try {
      let code: unknown;
      const refused = operator.exportPackage({ traceId: 'b' }).catch((error) => {
        code = error.code;
      });
      for (let turns = 0; code === undefined && turns < 5000; turns += 1) {
        await vi.advanceTimersByTimeAsync(50);
        await new Promise((resolve) => setImmediate(resolve));
      }
      await refused;
      expect(code).toBe('OPERATOR_CHECKPOINT_UNAVAILABLE');
    } finally {
      vi.useRealTimers();
    }
  });

  it('counts values that are gone as missing, and still verifies', async () => {
    const { log, checkpointer, keys, trusted } = await openTestLog();
    await recordCall(log, 'a');
    const reader = { ...log, disclosures: async () => [] };
    const packageKeys = [keys.ed25519, keys.es256];
    const operator = createOperator({ reader, checkpointer, packageKeys });
    const pkg = await operator.exportPackage({ traceId: 'a' }, { disclose: () => true });
    expect(statementOf(pkg).predicate).toMatchObject({ counts: { withheld: 0, missing: 2 } });
    expect(await verifyPackage(pkg, { keys: trusted })).toMatchObject({ verdict: 'valid' });
  });

  it('takes outcome and times, refuses records outside them, and a trace that is not named', async () => {
    const { log, operator, trusted, keys } = await openTestLog();
    await recordCall(log, 'a');
    const [first, second] = (await operator.inspectTrace('a')).timeline;
    const times = {
      fromTimeMs: Date.parse(first?.time ?? ''),
      toTimeMs: Date.parse(second?.time ?? '') + 1,
    };
    const pkg = await operator.exportPackage({ query: { ...times, outcome: 'allow' } });
    expect(await verifyPackage(pkg, { keys: trusted })).toMatchObject({
      verdict: 'valid',
      counts: { records: 3 },
    });
    const forger = [keys.ed25519, keys.es256];
    for (const query of [
      { outcome: 'block' },
      { to_time_ms: times.fromTimeMs },
      { from_time_ms: times.toTimeMs },
    ]) {
      const report = await verifyPackage(await resign(pkg, forger, predicate({ query })), {
        keys: trusted,
      });
      expect(report.firstBad?.reason).toBe('record_outside_query');
    }
    await expect(operator.exportPackage({} as never)).rejects.toMatchObject({
      code: 'OPERATOR_OPTIONS_INVALID',
    });
  });

  it('proves many records by tiles, and finds a changed one among them', async () => {
    const test = await openTestLog();
    await record(test.log, ...Array.from({ length: 300 }, () => rbacDraft(contextOf('other'))));
    await record(test.log, ...Array.from({ length: 600 }, () => rbacDraft(contextOf('many'))));
    await test.checkpointer.checkpoint();
    await record(test.log, rbacDraft(contextOf('late')));
    const pkg = await test.operator.exportPackage({ traceId: 'many' });
    expect([...pkg.keys()].some((name) => name.startsWith('proofs/'))).toBe(false);
    const report = await verifyPackage(pkg, { keys: test.trusted });
    expect(report).toMatchObject({ verdict: 'valid', level: 'L1', counts: { records: 600 } });
    const forger = [test.keys.ed25519, test.keys.es256];
    const verdict = async (files: Record<string, string | Uint8Array | undefined>) =>
      verifyPackage(await resign(withFiles(pkg, files), forger), { keys: test.trusted });
    const records = text(pkg, 'records.jsonl').split('\n');
    records[321] = (records[321] ?? '').replace('sufficient', 'insufficient');
    expect(await verdict({ 'records.jsonl': records.join('\n') })).toMatchObject({
      verdict: 'invalid',
      firstBad: { index: 301 + 321, reason: 'not_in_checkpoint' },
    });
    const tile = [...pkg.keys()].find((name) => name.startsWith('tile/0/')) ?? '';
    const bytes = pkg.get(tile)?.slice() ?? new Uint8Array();
    expect(await verdict({ [tile]: undefined })).toMatchObject({
      firstBad: { reason: 'tile_missing' },
    });
    expect(await verdict({ [tile]: bytes.subarray(32) })).toMatchObject({
      firstBad: { reason: 'tile_length' },
    });
    expect(await verdict({ 'tile/0/900': bytes })).toMatchObject({
      firstBad: { reason: 'proof_without_record' },
    });
    bytes[5] = (bytes[5] ?? 0) ^ 1;
    expect(await verdict({ [tile]: bytes })).toMatchObject({ verdict: 'invalid' });
    const lastIndex = text(pkg, 'records.index').replace(/"index":900/, '"index":9007199254740991');
    expect(await verdict({ 'records.index': lastIndex })).toMatchObject({ verdict: 'invalid' });
  });
});
