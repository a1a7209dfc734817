import { describe, expect, it } from 'vitest';
import {
  contextOf,
  endedDraft,
  openTestLog,
  policyDraft,
  record,
  recordCall,
  scopeDraft,
  startedDraft,
} from '../test-log.js';
import { auditTraces, createHeld } from './audit-traces.js';

describe('auditTraces', () => {
  it.each([
    ['all at once', 50_000],
    ['two at a time', 2],
  ])('finds what ran and should not have, holding %s', async (_, maxHeld) => {
    const { log } = await openTestLog();
    const bad = contextOf('bad');
    const reused = contextOf('reused');
    const ids = await record(log, policyDraft(reused, 'allow'));
    await record(log, startedDraft(reused, ids, 'c1'));
    for (let at = 0; at < 5; at += 1) await recordCall(log, `fine-${at}`);
    const blocked = await record(log, scopeDraft(bad, 'block'));
    for (let at = 5; at < 9; at += 1) await recordCall(log, `fine-${at}`);
    await record(log, startedDraft(bad, blocked), endedDraft(bad, blocked));
    await recordCall(log, 'fine-10');
    await record(log, startedDraft(reused, ids, 'c2'));
    const audit = await auditTraces(log, { maxHeld });
    expect(audit.violations.map(({ traceId, code }) => [traceId, code]).sort()).toEqual([
      ['bad', 'executed_not_authorised'],
      ['reused', 'decision_reused'],
    ]);
    expect(audit).toMatchObject({ violationCount: 2, unreadable: 0, records: await log.size() });
  });

  it('holds no more records than it may, none of their bytes, and none that nobody judges', async () => {
    const { log } = await openTestLog();
    for (let at = 0; at < 40; at += 1) await recordCall(log, `trace-${at}`);
    const held = createHeld();
    let [most, judged] = [0, 0];
    const take = (max: number): void => {
      for (let quiet = held.quietest(max); quiet; quiet = held.quietest(max)) {
        judged += quiet.records.length;
        for (const { bytes, leaf } of quiet.records) expect(bytes.length + leaf.length).toBe(0);
      }
    };
    const { records } = await log.query({ limit: 1000 });
    for (const record of records) {
      held.add(record);
      take(10);
      most = Math.max(most, held.size());
    }
    take(0);
    expect([most, held.size()]).toEqual([10, 0]);
    const opened = records.filter(({ type }) => type === 'spanforge.log.opened.v1');
    expect(opened).toHaveLength(1);
    expect(judged).toBe(records.length - opened.length);
  });
});
