import fc from 'fast-check';
import { expect, it } from 'vitest';
import { incompleteBeta } from './incomplete-beta.js';

const aShare = fc.double({ min: 0, max: 1, noNaN: true });
const aParameter = fc.double({ min: 0.5, max: 1000, noNaN: true });

it('agrees with published values', () => {
  // I_0.5(2, 3) = 11/16; I_x(1, 1) = x.
  expect(incompleteBeta(0.5, 2, 3)).toBeCloseTo(0.6875, 13);
  expect(incompleteBeta(0.3, 1, 1)).toBeCloseTo(0.3, 13);
  expect(incompleteBeta(0, 2, 3)).toBe(0);
  expect(incompleteBeta(1, 2, 3)).toBe(1);
});

it('mirrors itself: I_x(a, b) = 1 - I_(1-x)(b, a)', () => {
  const property = fc.property(aShare, aParameter, aParameter, (x, a, b) => {
    expect(incompleteBeta(x, a, b) + incompleteBeta(1 - x, b, a)).toBeCloseTo(1, 7);
  });
  fc.assert(property, { numRuns: 1000 });
});

it('does not grow with a', () => {
  const small = fc.double({ min: 0.5, max: 50, noNaN: true });
  const inside = fc.double({ min: 0.01, max: 0.99, noNaN: true });
  const property = fc.property(inside, small, small, (x, a, b) => {
    expect(incompleteBeta(x, a + 1, b)).toBeLessThanOrEqual(incompleteBeta(x, a, b) + 1e-9);
  });
  fc.assert(property, { numRuns: 500 });
});

it('sums the binomial probabilities', () => {
  const cases = fc.property(
    fc.integer({ min: 1, max: 60 }),
    fc.nat(59),
    fc.double({ min: 0.001, max: 0.999, noNaN: true }),
    (n, events, share) => {
      const k = Math.min(events, n - 1);
      let term = (1 - share) ** n;
      let sum = term;
      for (let at = 1; at <= k; at += 1) {
        term *= ((n - at + 1) / at) * (share / (1 - share));
        sum += term;
      }
      expect(incompleteBeta(1 - share, n - k, k + 1)).toBeCloseTo(Math.min(1, sum), 8);
    },
  );
  fc.assert(cases);
});
