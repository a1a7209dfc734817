import fc from 'fast-check';
import { expect, it } from 'vitest';
import { createNumberRanges } from './number-ranges.js';

it('is a set of numbers, kept as ranges that neither touch nor overlap', () => {
  const range = fc.tuple(fc.nat({ max: 40 }), fc.nat({ max: 6 }));
  fc.assert(
    fc.property(fc.array(range), (given) => {
      const ranges = createNumberRanges();
      const model = new Set<number>();
      for (const [from, more] of given) {
        const numbers = Array.from({ length: more + 1 }, (_, at) => from + at);
        expect(ranges.add(from, from + more)).toBe(numbers.every((n) => !model.has(n)));
        for (const n of numbers) model.add(n);
      }
      const listed = ranges
        .list()
        .flatMap(([from, to]) => Array.from({ length: to - from + 1 }, (_, at) => from + at));
      expect(listed).toEqual([...model].sort((a, b) => a - b));
      for (const [at, [from]] of ranges.list().entries()) {
        if (at > 0) expect(from).toBeGreaterThan((ranges.list()[at - 1]?.[1] ?? 0) + 1);
      }
    }),
  );
});

it('holds numbers of any size in the space of its ranges', () => {
  const ranges = createNumberRanges();
  ranges.add(0, 3);
  ranges.add(9_007_199_254_740_990, 9_007_199_254_740_991);
  expect(ranges.list()).toEqual([
    [0, 3],
    [9_007_199_254_740_990, 9_007_199_254_740_991],
  ]);
});
