import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  binomialUpperTail,
  clopperPearsonLower,
  clopperPearsonUpper,
  createSeededRandom,
  createSequentialPairs,
  fewestDiscordant,
  holm,
  incompleteBeta,
  jensenShannon,
  judgePairs,
  kolmogorovSmirnov,
  logGamma,
  mcNemarExact,
  populationStabilityIndex,
  quantile,
} from './statistics.js';

/** Binomial tail by adding up, for comparison. */
function tailBySum(k: number, n: number, p: number): number {
  let [sum, term] = [0, (1 - p) ** n];
  for (let at = 0; at <= n; at += 1) {
    if (at >= k) sum += term;
    term *= ((n - at) / (at + 1)) * (p / (1 - p));
  }
  return sum;
}

describe('exact distributions', () => {
  it('agree with adding up', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 60 }),
        fc.nat(60),
        fc.double({ min: 0.05, max: 0.95, noNaN: true }),
        (n, k, p) => {
          expect(binomialUpperTail(k, n, p)).toBeCloseTo(k > n ? 0 : tailBySum(k, n, p), 9);
        },
      ),
      { numRuns: 200 },
    );
  });

  it('agree with published values', () => {
    // ln Γ(1/2) = ln √π; I_0.5(2, 3) = 11/16.
    expect(logGamma(0.5)).toBeCloseTo(Math.log(Math.sqrt(Math.PI)), 9);
    expect(incompleteBeta(0.5, 2, 3)).toBeCloseTo(0.6875, 9);
    // Clopper-Pearson, 10 of 100 at 95 % (two-sided): 0.0490 to 0.1762.
    expect(clopperPearsonLower(10, 100, 0.025)).toBeCloseTo(0.049, 4);
    expect(clopperPearsonUpper(10, 100, 0.025)).toBeCloseTo(0.1762, 4);
    // The rule of three's exact form: 0 of 60 gives 1 - 0.05^(1/60).
    expect(clopperPearsonUpper(0, 60, 0.05)).toBeCloseTo(1 - 0.05 ** (1 / 60), 9);
    // McNemar, exact: 10 worse of 12 that differ: 79/4096.
    expect(mcNemarExact(10, 2)).toBeCloseTo(79 / 4096, 12);
    expect(mcNemarExact(0, 0)).toBe(1);
    expect(fewestDiscordant(0.05)).toBe(5);
    expect(quantile([1, 2, 3, 4], 0.5)).toBe(2.5);
    expect(holm([0.01, 0.04, 0.03])).toEqual([0.03, 0.06, 0.06]);
  });

  it('measure distance', () => {
    expect(kolmogorovSmirnov([1, 2, 3], [1, 2, 3])).toBe(0);
    expect(kolmogorovSmirnov([1, 2], [3, 4])).toBe(1);
    expect(jensenShannon([1, 0], [0, 1])).toBeCloseTo(1, 12);
    expect(jensenShannon([5, 5], [50, 50])).toBeCloseTo(0, 12);
    expect(populationStabilityIndex([10, 10], [10, 10])).toBe(0);
    expect(populationStabilityIndex([90, 10], [10, 90])).toBeGreaterThan(1);
  });
});

describe('paired results', () => {
  const terms = { alpha: 0.05, margin: 0.05 };

  it('never pass without cases, nor with few', () => {
    expect(judgePairs({ cases: 0, worse: 0, better: 0 }, terms).verdict).toBe('inconclusive');
    expect(judgePairs({ cases: 20, worse: 0, better: 0 }, terms).verdict).toBe('inconclusive');
    expect(judgePairs({ cases: 200, worse: 0, better: 0 }, terms).verdict).toBe('pass');
    expect(judgePairs({ cases: 200, worse: 12, better: 1 }, terms).verdict).toBe('fail');
  });

  it('get no better verdict from more that is worse', () => {
    const order = { fail: 0, inconclusive: 1, pass: 2 };
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 300 }), fc.nat(300), fc.nat(300), (cases, a, b) => {
        const worse = Math.min(a, cases - 1);
        const better = Math.min(b, cases - worse - 1);
        const now = judgePairs({ cases, worse, better }, terms).verdict;
        const then = judgePairs({ cases, worse: worse + 1, better }, terms).verdict;
        expect(order[then]).toBeLessThanOrEqual(order[now]);
      }),
      { numRuns: 200 },
    );
  });
});

describe('a look after every case', () => {
  function share(
    rounds: number,
    seed: number,
    pair: (random: () => number) => readonly [boolean, boolean],
    wanted: string,
  ) {
    const random = createSeededRandom(seed);
    let hits = 0;
    for (let round = 0; round < rounds; round += 1) {
      const test = createSequentialPairs({ alpha: 0.05, margin: 0.05, minCases: 20 });
      for (let at = 0; at < 300 && test.verdict() === 'inconclusive'; at += 1)
        test.add(...pair(random));
      if (test.verdict() === wanted) hits += 1;
    }
    return hits / rounds;
  }

  it('keeps both errors under alpha, and still tells what is worse', () => {
    const same = (random: () => number) => [random() < 0.8, random() < 0.8] as const;
    const byMargin = (random: () => number) => [random() < 0.85, random() < 0.8] as const;
    const broken = (random: () => number) => [random() < 0.9, random() < 0.5] as const;
    expect(share(500, 1, same, 'fail')).toBeLessThanOrEqual(0.05);
    expect(share(500, 2, byMargin, 'pass')).toBeLessThanOrEqual(0.05);
    expect(share(100, 3, broken, 'fail')).toBeGreaterThan(0.95);
  });

  it('gives no verdict under the minimum', () => {
    const test = createSequentialPairs({ alpha: 0.05, margin: 0.5, minCases: 50 });
    for (let at = 0; at < 49; at += 1) test.add(true, false);
    expect(test.verdict()).toBe('inconclusive');
    test.add(true, false);
    expect(test.verdict()).toBe('fail');
  });
});
