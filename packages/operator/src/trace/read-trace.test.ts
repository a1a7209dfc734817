import {
  EventsError,
  type EvidenceQuery,
  type EvidenceReader,
  eachRecord,
} from '@spanforge/core-events';
import { describe, expect, it } from 'vitest';
import { type BrokenRecord, skipBroken } from './read-trace.js';

/** A reader over so many records, some of which are not authentic: a page with one is refused. */
function readerOver(size: number, bad: readonly number[]): EvidenceReader {
  const query = async ({ cursor, limit = 100, newestFirst }: EvidenceQuery) => {
    const all = Array.from({ length: size }, (_, index) => index);
    const ordered = newestFirst
      ? all.filter((index) => index < (cursor ?? size)).reverse()
      : all.filter((index) => index >= (cursor ?? 0));
    const page = ordered.slice(0, limit);
    const broken = page.find((index) => bad.includes(index));
    if (broken !== undefined) {
      throw new EventsError('EVENTS_RECORD_TAMPERED', 'no', {
        details: { index: broken, fault: 'leaf_mismatch' },
      });
    }
    const last = page.at(-1);
    const records = page.map((index) => ({ index }));
    if (page.length < limit || last === undefined) return { records };
    return { records, next: newestFirst ? last : last + 1 };
  };
  return { query } as unknown as EvidenceReader;
}

describe('skipBroken', () => {
  it.each([
    [10, [0]],
    [10, [9]],
    [10, [3, 4, 5]],
    [2500, [0, 999, 1000, 1001, 2499]],
    [3, [0, 1, 2]],
  ])('of %i records passes over %j alone, in both directions', async (size, bad) => {
    for (const newestFirst of [false, true]) {
      const told: BrokenRecord[] = [];
      const reader = skipBroken(readerOver(size, bad), (record) => told.push(record));
      const found: number[] = [];
      for await (const { index } of eachRecord(reader, {}, { newestFirst })) found.push(index);
      const whole = Array.from({ length: size }, (_, at) => at).filter((at) => !bad.includes(at));
      expect(found).toEqual(newestFirst ? whole.reverse() : whole);
      expect([...new Set(told.map(({ index }) => index))].sort((a, b) => a - b)).toEqual(bad);
    }
  });

  it('passes on every other error', async () => {
    const failing = {
      query: async () => {
        throw new EventsError('EVENTS_STORE_UNAVAILABLE', 'gone');
      },
    } as unknown as EvidenceReader;
    const reader = skipBroken(failing, () => undefined);
    await expect(reader.query({})).rejects.toMatchObject({ code: 'EVENTS_STORE_UNAVAILABLE' });
  });
});
