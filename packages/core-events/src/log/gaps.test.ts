import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createGapLedger, type Gap } from './gaps.js';

const numbersOf = (gaps: readonly Gap[]): readonly string[] =>
  gaps
    .flatMap(({ from, to, cause }) =>
      Array.from({ length: to - from + 1 }, (_, at) => `${from + at} ${cause}`),
    )
    .sort();

describe('the gap ledger', () => {
  const causes = fc.constantFrom('duplicate' as const, 'append_failed' as const);
  const runs = fc.array(fc.record({ count: fc.integer({ min: 1, max: 5 }), cause: causes }));

  it('hands over every number exactly once, in whatever order it got them', () => {
    fc.assert(
      fc.property(runs, fc.integer({ min: 1, max: 4 }), (given, limit) => {
        let next = 0;
        const gaps = given.map(({ count, cause }): Gap => {
          const from = next;
          next += count;
          return { from, to: next - 1, cause };
        });
        const ledger = createGapLedger();
        for (const gap of [...gaps].reverse()) ledger.add(gap);
        const taken: Gap[] = [];
        while (!ledger.empty) {
          const some = ledger.take(limit);
          expect(some.length).toBeLessThanOrEqual(limit);
          taken.push(...some);
        }
        expect(numbersOf(taken)).toEqual(numbersOf(gaps));
        expect(ledger.take(limit)).toEqual([]);
      }),
    );
  });

  it('keeps one entry for an outage, however many commits it failed', () => {
    const ledger = createGapLedger();
    for (let n = 0; n < 5000; n += 2) {
      const taken = ledger.take(10);
      for (const gap of taken) ledger.add(gap);
      ledger.add({ from: n, to: n + 1, cause: 'append_failed' });
    }
    expect(ledger.take(10)).toEqual([{ from: 0, to: 4999, cause: 'append_failed' }]);
  });
});
