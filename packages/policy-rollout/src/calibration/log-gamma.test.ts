import { binomialUpperTail, incompleteBeta, logGamma } from '@spanforge/gate/statistics';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { binomialAtMost, incompleteBeta as ownIncompleteBeta } from './binomial.js';
import { logGamma as ownLogGamma } from './log-gamma.js';

/** How far two numbers lie apart, against the larger of them and 1. */
const apart = (left: number, right: number): number =>
  Math.abs(left - right) / Math.max(1, Math.abs(left), Math.abs(right));

// The gate and this package stand on floors that do not see each other, so each has its own functions,
// written after different approximations. Each is the reference of the other.
describe('the gate and the rollout', () => {
  const aParameter = fc.double({ min: 1e-3, max: 1e6, noNaN: true });
  const aShare = fc.double({ min: 0, max: 1, noNaN: true });

  it('have one gamma function', () => {
    const property = fc.property(aParameter, (x) => {
      expect(apart(ownLogGamma(x), logGamma(x))).toBeLessThan(1e-9);
    });
    fc.assert(property, { numRuns: 2000 });
  });

  it('have one incomplete beta function', () => {
    const small = fc.double({ min: 0.5, max: 1000, noNaN: true });
    const property = fc.property(aShare, small, small, (x, a, b) => {
      expect(apart(ownIncompleteBeta(x, a, b), incompleteBeta(x, a, b))).toBeLessThan(1e-7);
    });
    fc.assert(property, { numRuns: 1000 });
  });

  it('have one binomial distribution', () => {
    const counts = fc.nat(2000).chain((n) => fc.tuple(fc.nat(n), fc.constant(n)));
    const property = fc.property(counts, aShare, ([k, n], share) => {
      const both = binomialAtMost(k, n, share) + binomialUpperTail(k + 1, n, share);
      expect(apart(both, 1)).toBeLessThan(1e-7);
    });
    fc.assert(property, { numRuns: 1000 });
  });
});

describe('logGamma', () => {
  it('steps like the gamma function, and knows the factorials', () => {
    const property = fc.property(fc.double({ min: 0.01, max: 1e5, noNaN: true }), (x) => {
      expect(apart(ownLogGamma(x + 1), ownLogGamma(x) + Math.log(x))).toBeLessThan(1e-12);
    });
    fc.assert(property, { numRuns: 2000 });
    let factorial = 0;
    for (let n = 1; n < 200; n += 1) {
      factorial += Math.log(n);
      expect(apart(ownLogGamma(n + 1), factorial)).toBeLessThan(1e-13);
    }
    expect(ownLogGamma(0.5)).toBeCloseTo(Math.log(Math.PI) / 2, 14);
  });
});
