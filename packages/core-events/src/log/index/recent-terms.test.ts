import { leafHash, utf8 } from '@spanforge/core-signing';
import { describe, expect, it } from 'vitest';
import { createMemoryStore } from '../memory-store.js';
import type { StoreRecord } from '../store.js';
import { findRecentTerms, keepRecentTerms } from './recent-terms.js';

const record = (text: string, ...terms: readonly string[]): StoreRecord => {
  const bytes = utf8(text);
  return { bytes, leaf: leafHash(bytes), timeMs: 0, terms, disclosures: [] };
};

describe('terms of records appended a moment ago', () => {
  it('are kept only for a store that this process signs', () => {
    const store = createMemoryStore();
    expect(findRecentTerms(store)).toBeUndefined();
    const kept = keepRecentTerms(store);
    expect(findRecentTerms(store)).toBe(kept);
    expect(keepRecentTerms(store)).toBe(kept);
  });

  it('are told once, for these bytes and no others, without those that nothing is committed to', () => {
    const kept = keepRecentTerms(createMemoryStore());
    const [one, other] = [record('one', 'trace:t', 'tenant:x', 'type:y'), record('two', 'run:r')];
    kept.note(7, [one, other]);
    expect(kept.take(6, one.leaf)).toBeUndefined();
    expect(kept.take(7, one.leaf)).toEqual(['trace:t', 'type:y']);
    expect(kept.take(7, one.leaf)).toBeUndefined();
    expect(kept.take(8, one.leaf)).toBeUndefined();
    expect(kept.take(8, other.leaf)).toBeUndefined();
  });

  it('give way to newer ones where the signer is late', () => {
    const kept = keepRecentTerms(createMemoryStore());
    const one = record('one', 'run:r');
    for (let index = 0; index < 16_385; index += 1) kept.note(index, [one]);
    expect(kept.take(0, one.leaf)).toBeUndefined();
    expect(kept.take(1, one.leaf)).toEqual(['run:r']);
    expect(kept.take(16_384, one.leaf)).toEqual(['run:r']);
  });
});
