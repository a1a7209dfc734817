import fc from 'fast-check';
import { expect, it } from 'vitest';
import { logBeta, logGamma } from './log-gamma.js';

/** How far two numbers lie apart, against the larger of them and 1. */
const apart = (left: number, right: number): number =>
  Math.abs(left - right) / Math.max(1, Math.abs(left), Math.abs(right));

it('steps like the gamma function, and knows the factorials', () => {
  const property = fc.property(fc.double({ min: 0.01, max: 1e5, noNaN: true }), (x) => {
    expect(apart(logGamma(x + 1), logGamma(x) + Math.log(x))).toBeLessThan(1e-12);
  });
  fc.assert(property, { numRuns: 2000 });
  let factorial = 0;
  for (let n = 1; n < 200; n += 1) {
    factorial += Math.log(n);
    expect(apart(logGamma(n + 1), factorial)).toBeLessThan(1e-13);
  }
  expect(logGamma(0.5)).toBeCloseTo(Math.log(Math.PI) / 2, 14);
});

it('gives the beta function', () => {
  // B(2, 3) = 1/12; B(1/2, 1/2) = π.
  expect(logBeta(2, 3)).toBeCloseTo(-Math.log(12), 13);
  expect(logBeta(0.5, 0.5)).toBeCloseTo(Math.log(Math.PI), 13);
});
