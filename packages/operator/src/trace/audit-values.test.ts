import { auditPrunedV1 } from '@spanforge/core-events/records';
import { describe, expect, it } from 'vitest';
import type { OperatorLog } from '../log-state.js';
import { contextOf, openTestLog, recordCall } from '../test-log.js';
import { auditTraces } from './audit-traces.js';
import { auditValues } from './audit-values.js';

type Values = Awaited<ReturnType<OperatorLog['disclosures']>>;

/** The log as it is where the values of records were changed. */
function withValues(
  log: OperatorLog,
  change: (index: number, values: Values) => Values | Promise<Values>,
): OperatorLog {
  const disclosures = async (index: number) => change(index, await log.disclosures(index));
  const { disclosuresOf: _, ...rest } = log;
  return { ...rest, disclosures };
}

async function setUp() {
  const { log } = await openTestLog();
  for (const traceId of ['one', 'two', 'three']) await recordCall(log, traceId);
  const { records } = await log.query({ traceId: 'two' });
  const indexes = new Set(records.map(({ index }) => index));
  const without = withValues(log, (index, values) => (indexes.has(index) ? [] : values));
  return { log, without, indexes };
}

describe('auditValues', () => {
  it('finds every value of a log, also those stored with another record of their trace', async () => {
    const { log } = await setUp();
    const found = await auditValues(log);
    expect(found.committed).toBeGreaterThanOrEqual(6);
    expect(found).toMatchObject({ erased: 0, missingCount: 0, missing: [] });
    expect(await auditValues(withValues(log, (_, values) => values))).toEqual(found);
  });

  it('names values that are gone, in the whole log and in their trace alone', async () => {
    const { without, indexes } = await setUp();
    const found = await auditValues(without);
    expect(found.missingCount).toBeGreaterThan(0);
    for (const { traceId, index } of found.missing) {
      expect([traceId, indexes.has(index)]).toEqual(['two', true]);
    }
    expect((await auditValues(without, { traceId: 'two' })).missing).toEqual(found.missing);
    expect((await auditValues(without, { traceId: 'one' })).missingCount).toBe(0);
    const one = await auditValues(without, { maxListed: 1 });
    expect([one.missing.length, one.missingCount]).toEqual([1, found.missingCount]);
  });

  it('names values that were put under other records, changed, or cannot be read', async () => {
    const { log, indexes } = await setUp();
    const [first = 0] = indexes;
    const { records } = await log.query({ traceId: 'one' });
    const others = new Set(records.map(({ index }) => index));
    const all = (await Promise.all([...others].map((index) => log.disclosures(index)))).flat();
    const changes: readonly ((index: number, values: Values) => Values | Promise<Values>)[] = [
      (index, values) => (others.has(index) ? [] : index === first ? [...values, ...all] : values),
      (index, values) =>
        others.has(index) ? values.map((one) => ({ ...one, encoded: `${one.encoded}AA` })) : values,
      (index, values) => (others.has(index) ? Promise.reject(new Error('cannot be read')) : values),
    ];
    for (const change of changes) {
      const { missing } = await auditValues(withValues(log, change));
      expect(new Set(missing.map(({ traceId }) => traceId))).toEqual(new Set(['one']));
    }
  });

  it('ends where records are missing, whatever size the store says it has', async () => {
    const { log } = await setUp();
    const claims = { ...log, size: async () => 2 ** 52 };
    expect(await auditValues(claims)).toEqual(await auditValues(log));
    expect((await auditTraces(claims)).violations).toEqual((await auditTraces(log)).violations);
  });

  it('names none whose removal is on record', async () => {
    const { log, without } = await setUp();
    const gone = await auditValues(without);
    const erased = await auditValues(without, { wasErased: async () => true });
    expect(erased).toMatchObject({ erased: gone.missingCount, missingCount: 0 });
    const body = auditPrunedV1.toWire({
      ...{ tenantId: 'acme', retentionDays: 30, before: '2100-01-01T00:00:00.000Z' },
      ...{ from: 0, to: await log.size(), records: 1, values: 1, held: 0 },
      ...{ digest: '0'.repeat(64), reason: 'retention' },
    });
    await log.append([{ type: auditPrunedV1.key, context: contextOf('audit'), body }]);
    expect(await auditValues(without)).toMatchObject({
      erased: gone.missingCount,
      missingCount: 0,
    });
  });
});
