import { concatBytes, leafHash, utf8 } from '@spanforge/core-signing';
import { describe, expect, it } from 'vitest';
import { createMemoryStore } from './memory-store.js';
import { findRecentRecords, keepRecentRecords, type RecentRecords } from './recent-records.js';
import type { StoreRecord } from './store.js';

const record = (text: string, ...terms: readonly string[]): StoreRecord => {
  const bytes = utf8(text);
  return { bytes, leaf: leafHash(bytes), timeMs: 0, terms, disclosures: [] };
};

const note = (kept: RecentRecords, first: number, records: readonly StoreRecord[]): void =>
  kept.note(first, concatBytes(...records.map(({ leaf }) => leaf)), records);

describe('records appended a moment ago', () => {
  it('are kept only for a store that this process signs', () => {
    const store = createMemoryStore();
    expect(findRecentRecords(store)).toBeUndefined();
    const kept = keepRecentRecords(store);
    expect(findRecentRecords(store)).toBe(kept);
    expect(keepRecentRecords(store)).toBe(kept);
  });

  it('are told from where they begin, as far as they follow one another, until they are forgotten', () => {
    const kept = keepRecentRecords(createMemoryStore());
    const [one, two] = [record('one', 'trace:t', 'tenant:x'), record('two', 'run:r')];
    const told = ({ leaf, terms }: StoreRecord) => ({ leaf, terms });
    note(kept, 7, [one, two]);
    note(kept, 9, [one]);
    note(kept, 12, [two]);
    expect(kept.from(6, 20)).toEqual([]);
    expect(kept.from(7, 20)).toEqual([one, two, one].map(told));
    expect(kept.from(7, 9)).toEqual([one, two].map(told));
    expect(kept.from(7, 8)).toEqual([]);
    expect([6, 7, 9, 12].map(kept.nextAfter)).toEqual([7, 9, 12, Number.POSITIVE_INFINITY]);
    kept.forget(9);
    expect(kept.from(7, 20)).toEqual([]);
    expect(kept.from(9, 20)).toEqual([one].map(told));
    // The answer of the store came after the signer had read the record.
    note(kept, 8, [two]);
    expect(kept.from(8, 20)).toEqual([]);
  });

  it('give way to newer ones where the signer is late', () => {
    const kept = keepRecentRecords(createMemoryStore());
    const one = record('one', 'run:r');
    for (let index = 0; index < 65_537; index += 1) note(kept, index, [one]);
    expect(kept.from(0, 65_537)).toEqual([]);
    expect(kept.nextAfter(0)).toBe(1);
    expect(kept.from(1, 65_537)).toHaveLength(1024);
    expect(kept.from(65_536, 65_537)).toHaveLength(1);
  });
});
