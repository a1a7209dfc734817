import fc from 'fast-check';
import { expect, it } from 'vitest';
import { binomialAtMost, clopperPearson } from './binomial.js';

it('gives the published intervals', () => {
  const rounded = (k: number, n: number) => {
    const { lower, upper } = clopperPearson(k, n);
    return [Number(lower.toFixed(4)), Number(upper.toFixed(4))];
  };
  // 1 - 0.025^(1/10), and tables of the exact interval.
  expect(rounded(0, 10)).toEqual([0, 0.3085]);
  expect(rounded(10, 10)).toEqual([0.6915, 1]);
  expect(rounded(5, 10)).toEqual([0.1871, 0.8129]);
  expect(rounded(4, 20)).toEqual([0.0573, 0.4366]);
  expect(clopperPearson(0, 0)).toEqual({ lower: 0, upper: 1 });
});

it('sums the binomial probabilities', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 60 }),
      fc.nat(60),
      fc.double({ min: 0.001, max: 0.999, noNaN: true }),
      (n, events, share) => {
        const k = Math.min(events, n);
        let term = (1 - share) ** n;
        let sum = term;
        for (let at = 1; at <= k; at += 1) {
          term *= ((n - at + 1) / at) * (share / (1 - share));
          sum += term;
        }
        expect(binomialAtMost(k, n, share)).toBeCloseTo(Math.min(1, sum), 8);
      },
    ),
  );
});
