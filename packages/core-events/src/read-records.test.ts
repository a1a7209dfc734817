import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { EvidenceReader } from './ports.js';
import { eachPage, eachRecord, readRecords, readTyped } from './read-records.js';
import { scopeV1 } from './records/scope-v1.js';
import { aDraft, aLog } from './testing/fixtures.js';

describe('readRecords', () => {
  it('reads every page, in log order', async () => {
    const log = await aLog();
    for (let at = 0; at < 5; at += 1) {
      await log.append(Array.from({ length: 600 }, () => aDraft({ traceId: `t${at % 2}` })));
    }
    const found = await readRecords(log, { traceId: 't0' });
    expect(found).toHaveLength(1800);
    const indexes = found.map(({ index }) => index);
    expect(indexes).toEqual([...indexes].sort((a, b) => a - b));
  });

  it('reads any part, in either direction, in pages of any size', async () => {
    const log = await aLog();
    const size = 40;
    await log.append(Array.from({ length: size }, () => aDraft()));
    const options = fc.record(
      {
        from: fc.integer({ min: 0, max: size }),
        end: fc.integer({ min: 0, max: size + 5 }),
        newestFirst: fc.boolean(),
        pageSize: fc.integer({ min: 1, max: size + 5 }),
      },
      { requiredKeys: ['pageSize'] },
    );
    const all = (await readRecords(log, {})).map(({ index }) => index);
    const property = fc.asyncProperty(options, async (how) => {
      const found = (await readRecords(log, {}, how)).map(({ index }) => index);
      const { from, end = Number.POSITIVE_INFINITY, newestFirst = false } = how;
      const inside = all.filter((index) =>
        newestFirst ? index < (from ?? all.length + 1) : index >= (from ?? 0),
      );
      const expected = inside.filter((index) => index < end);
      expect(found).toEqual(newestFirst ? expected.reverse() : expected);
    });
    await fc.assert(property, { numRuns: 100 });
  });

  it('stops asking at the end it was given', async () => {
    const log = await aLog();
    await log.append(Array.from({ length: 30 }, () => aDraft()));
    let asked = 0;
    for await (const page of eachPage(log, {}, { end: 10, pageSize: 5 }))
      asked += page.records.length;
    expect(asked).toBe(10);
    for await (const { index } of eachRecord(log, {}, 7)) {
      expect(index).toBe(7);
      break;
    }
  });

  it('reads payloads of one type in code', async () => {
    const log = await aLog();
    await log.append([aDraft({ traceId: 't1' }), aDraft({ traceId: 't2' })]);
    const [one, ...more] = await readTyped(log, scopeV1, { traceId: 't1' });
    expect(more).toEqual([]);
    expect(one).toMatchObject({ agentId: 'claims-agent', reasonCode: 'granted', mode: 'live' });
    expect(one?.context.traceId).toBe('t1');
  });

  it('passes on what the reader throws', async () => {
    const fails = async (): Promise<never> => Promise.reject(new Error('down'));
    const reader: EvidenceReader = { size: fails, query: fails, disclosures: fails };
    await expect(readRecords(reader, {})).rejects.toThrow('down');
  });
});
