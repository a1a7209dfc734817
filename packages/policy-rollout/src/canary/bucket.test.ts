import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bucketOf, bucketOfUnit, isCandidate, unitOf } from './bucket.js';

describe('a bucket', () => {
  it('is the same in every process', () => {
    // Computed with another implementation of SHA-256.
    expect(bucketOf('salt', 'key')).toBe(0.2549665589023391);
    expect(unitOf('salt', 'key')).toBe('QUV9CA8o');
  });

  it('keeps a unit in once it is in, whatever the percentages', () => {
    fc.assert(
      fc.property(
        fc.string(),
        fc.double({ min: 0, max: 100, noNaN: true }),
        fc.double({ min: 0, max: 100, noNaN: true }),
        (key, a, b) => {
          const bucket = bucketOf('s', key);
          expect(bucketOfUnit(unitOf('s', key))).toBe(bucket);
          expect(bucket).toBeGreaterThanOrEqual(0);
          expect(bucket).toBeLessThan(1);
          if (isCandidate(bucket, Math.min(a, b))) {
            expect(isCandidate(bucket, Math.max(a, b))).toBe(true);
          }
          expect(isCandidate(bucket, 0)).toBe(false);
          expect(isCandidate(bucket, 100)).toBe(true);
        },
      ),
    );
  });

  it('spreads keys evenly, and anew with another salt (chi-square)', () => {
    const cells = 100;
    const keys = 20_000;
    for (const salt of ['one', 'two']) {
      const counts = new Array<number>(cells).fill(0);
      for (let key = 0; key < keys; key += 1) {
        const cell = Math.floor(bucketOf(salt, `trace-${key}`) * cells);
        counts[cell] = (counts[cell] ?? 0) + 1;
      }
      const mean = keys / cells;
      const statistic = counts.reduce((sum, count) => sum + (count - mean) ** 2 / mean, 0);
      // 99.9 percent of a chi-square with 99 degrees of freedom.
      expect(statistic).toBeLessThan(148.2);
    }
    let both = 0;
    for (let key = 0; key < keys; key += 1) {
      if (bucketOf('one', `${key}`) < 0.1 && bucketOf('two', `${key}`) < 0.1) both += 1;
    }
    expect(both / keys).toBeGreaterThan(0.007);
    expect(both / keys).toBeLessThan(0.013);
  });
});
