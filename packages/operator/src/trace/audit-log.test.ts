import { describe, expect, it } from 'vitest';
import type { OperatorLog } from '../log-state.js';
import {
  contextOf,
  endedDraft,
  openTestLog,
  record,
  recordCall,
  scopeDraft,
  startedDraft,
} from '../test-log.js';
import { auditLog } from './audit-log.js';
import { auditTraces } from './audit-traces.js';
import { auditValues } from './audit-values.js';

/** A log with a violation, with values that are gone, and with a record that cannot be read. */
async function openBadLog(): Promise<OperatorLog> {
  const { log } = await openTestLog();
  const bad = contextOf('bad');
  for (let at = 0; at < 5; at += 1) await recordCall(log, `fine-${at}`);
  const blocked = await record(log, scopeDraft(bad, 'block'));
  await record(log, startedDraft(bad, blocked), endedDraft(bad, blocked));
  const { disclosuresOf: _, store, ...rest } = log;
  const read: typeof store.read = async (from, count) =>
    (await store.read(from, count)).map((one) =>
      one.index === 4 ? { ...one, leaf: one.leaf.map((byte) => byte ^ 1) } : one,
    );
  return {
    ...{ ...rest, store: { ...store, read } },
    disclosures: async (index) => (index % 3 === 0 ? [] : log.disclosures(index)),
  };
}

describe('auditLog', () => {
  it('finds what the audits of traces and of values find, and reads the log once', async () => {
    const log = await openBadLog();
    let reads = 0;
    const read: typeof log.store.read = (from, count) => {
      reads += 1;
      return log.store.read(from, count);
    };
    const found = await auditLog({ ...log, store: { ...log.store, read } });
    expect(reads).toBe(1);
    expect(found).toEqual({ traces: await auditTraces(log), values: await auditValues(log) });
    expect(found.traces).toMatchObject({ violationCount: 1, unreadable: 1 });
    expect(found.values.missingCount).toBeGreaterThan(0);
  });

  it('finds the same where records are decoded one by one', async () => {
    const log = await openBadLog();
    const { decodeMany: _, ...alone } = log;
    expect(await auditLog(alone)).toEqual(await auditLog(log));
  });

  it('lists no more than it may, and says how far it is', async () => {
    const log = await openBadLog();
    const size = await log.size();
    const told: [number, number][] = [];
    const onProgress = (index: number, of: number) => void told.push([index, of]);
    const { values } = await auditLog(log, { maxListed: 1, onProgress });
    expect(values.missing).toHaveLength(1);
    expect(told).toEqual([[size, size]]);
  });
});
