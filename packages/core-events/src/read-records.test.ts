import { describe, expect, it } from 'vitest';
import type { EvidenceReader } from './ports.js';
import { readRecords } from './read-records.js';
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

  it('passes on what the reader throws', async () => {
    const fails = async (): Promise<never> => Promise.reject(new Error('down'));
    const reader: EvidenceReader = { size: fails, query: fails, disclosures: fails };
    await expect(readRecords(reader, {})).rejects.toThrow('down');
  });
});
