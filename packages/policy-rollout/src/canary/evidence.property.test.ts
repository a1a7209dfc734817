import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { differenceBounds, logDifferenceEvidence } from './rate-difference.js';
import { logRatioEvidence, ratioBounds } from './rate-ratio.js';

/** The largest expectation any stopping rule can reach, by going back from the last trial. */
function bestStop(
  trials: number,
  value: (candidate: number, baseline: number) => number,
  share: number,
): number {
  let ahead: number[] = [];
  for (let n = trials; n >= 0; n -= 1) {
    const here: number[] = [];
    for (let candidate = 0; candidate <= n; candidate += 1) {
      const now = value(candidate, n - candidate);
      const on =
        n === trials
          ? 0
          : share * (ahead[candidate + 1] ?? 0) + (1 - share) * (ahead[candidate] ?? 0);
      here.push(Math.max(now, on));
    }
    ahead = here;
  }
  return ahead[0] ?? Number.NaN;
}

describe('the evidence about the ratio of event rates', () => {
  it.each([
    [0.1, 1],
    [0.5, 1],
    [0.4444, 1.5],
  ])('is a supermartingale under its hypothesis: share %d, ratio %d', (share, ratio) => {
    const odds = (share * ratio) / (1 - share);
    const evidence = (side: 'increase' | 'decrease') => (candidate: number, baseline: number) =>
      Math.exp(logRatioEvidence([{ share, candidate, baseline }], ratio, side));
    for (const side of ['increase', 'decrease'] as const) {
      // On the edge of the hypothesis and inside it.
      for (const inside of [1, 0.5, 0.1]) {
        const factor = side === 'increase' ? inside : 1 / inside;
        const truth = (odds * factor) / (1 + odds * factor);
        const value = evidence(side);
        for (let n = 0; n < 40; n += 1) {
          for (let candidate = 0; candidate <= n; candidate += 1) {
            const now = value(candidate, n - candidate);
            const next =
              truth * value(candidate + 1, n - candidate) +
              (1 - truth) * value(candidate, n - candidate + 1);
            expect(next).toBeLessThanOrEqual(now * (1 + 1e-9));
          }
        }
        expect(bestStop(60, value, truth)).toBeLessThanOrEqual(1 + 1e-9);
      }
    }
  });

  it('grows without limit when the hypothesis is false', () => {
    const many = { share: 0.1, candidate: 400, baseline: 1800 };
    expect(logRatioEvidence([many], 1, 'increase')).toBeGreaterThan(20);
    expect(logRatioEvidence([many], 1, 'decrease')).toBeLessThan(0);
  });

  it('says nothing where everything is on one arm, and begins at one', () => {
    expect(logRatioEvidence([{ share: 1, candidate: 50, baseline: 0 }], 1, 'increase')).toBe(0);
    expect(logRatioEvidence([], 1, 'increase')).toBeCloseTo(0, 12);
  });

  it('has bounds around what was seen, and they are where the evidence turns', () => {
    const threshold = -Math.log(0.0125);
    fc.assert(
      fc.property(
        fc.nat(300),
        fc.nat(300),
        fc.double({ min: 0.05, max: 0.9, noNaN: true }),
        (a, b, share) => {
          const steps = [{ share, candidate: a, baseline: b }];
          const { lower, upper } = ratioBounds(steps, threshold);
          const seen = (a / b) * ((1 - share) / share);
          if (a + b === 0) expect([lower, upper]).toEqual([0, Number.POSITIVE_INFINITY]);
          else if (b > 0) expect(lower <= seen && seen <= upper).toBe(true);
          if (lower > 0) {
            expect(logRatioEvidence(steps, lower * 0.999, 'increase')).toBeGreaterThan(threshold);
            expect(logRatioEvidence(steps, lower * 1.001, 'increase')).toBeLessThan(threshold);
          }
        },
      ),
    );
  });
});

describe('the evidence about the difference of rates', () => {
  it.each([
    [0, 0.1, 0.1],
    [0, 0.5, 0.5],
    [0, 0.3, 0.2],
    [0.1, 0.2, 0.3],
  ])('has expectation at most 1 at any stop: tolerated %d, rates %d and %d', (d, base, cand) => {
    // Both arms in turn; the state is how many of each were events, by exact enumeration.
    const rounds = 14;
    let ahead = new Map<string, number>();
    for (let n = rounds; n >= 0; n -= 1) {
      const here = new Map<string, number>();
      for (let c = 0; c <= n; c += 1) {
        for (let b = 0; b <= n; b += 1) {
          const arms = {
            candidate: { units: n, events: c },
            baseline: { units: n, events: b },
          };
          const at = (x: number, y: number) => ahead.get(`${x},${y}`) ?? 0;
          const on =
            cand * base * at(c + 1, b + 1) +
            cand * (1 - base) * at(c + 1, b) +
            (1 - cand) * base * at(c, b + 1) +
            (1 - cand) * (1 - base) * at(c, b);
          here.set(`${c},${b}`, Math.max(Math.exp(logDifferenceEvidence(arms, d)), on));
        }
      }
      ahead = here;
    }
    expect(ahead.get('0,0')).toBeLessThanOrEqual(1 + 1e-9);
  });

  it('falls as more is tolerated, and its bounds hold what was seen', () => {
    const counts = fc
      .nat(80)
      .chain((units) =>
        fc.record({ units: fc.constant(units), events: fc.integer({ min: 0, max: units }) }),
      );
    const share = ({ units, events }: { units: number; events: number }) => events / units;
    fc.assert(
      fc.property(counts, counts, (candidate, baseline) => {
        const arms = { candidate, baseline };
        const small = logDifferenceEvidence(arms, 0);
        expect(logDifferenceEvidence(arms, 0.2)).toBeLessThanOrEqual(small + 1e-9);
        const { lower, upper } = differenceBounds(arms, 4);
        expect(lower).toBeLessThanOrEqual(upper);
        if (candidate.units > 0 && baseline.units > 0) {
          const seen = share(candidate) - share(baseline);
          expect(lower <= seen + 1e-9 && seen <= upper + 1e-9).toBe(true);
        }
      }),
    );
  });

  it('grows without limit when the hypothesis is false', () => {
    const arms = { candidate: { units: 200, events: 120 }, baseline: { units: 900, events: 90 } };
    expect(logDifferenceEvidence(arms, 0)).toBeGreaterThan(30);
  });
});
