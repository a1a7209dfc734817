import { PolicyError } from '@spanforge/policy';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type CanaryView, judgeCanary } from './judge.js';
import { addMinutes, findBreach, type MinuteCounts } from './minutes.js';
import { parseCanaryRules } from './rules.js';

const rules = parseCanaryRules({ advance: { minCandidateUnits: 100, minDurationMs: 60_000 } });
const none = { units: 0, events: 0 };
const START = 1_000 * 60_000;

const viewOf = (part: Partial<CanaryView> = {}): CanaryView => ({
  step: 0,
  stepStartedAtMs: START,
  steps: [
    {
      from: 0,
      percent: 10,
      candidate: { units: 100, events: 5 },
      baseline: { units: 900, events: 45 },
    },
  ],
  reviews: { candidate: none, baseline: none },
  minutes: [],
  ...part,
});
const judge = (part: Partial<CanaryView> = {}, nowMs = START + 60_000, by = rules) => {
  const { verdict, reasonCode } = judgeCanary(by, viewOf(part), nowMs);
  return `${verdict}: ${reasonCode}`;
};
const blocks = (candidate: number, baseline: number): Partial<CanaryView> => ({
  steps: [
    {
      from: 0,
      percent: 10,
      candidate: { units: 1000, events: candidate },
      baseline: { units: 9000, events: baseline },
    },
  ],
});
const minutes = (count: number, part: Partial<MinuteCounts> = {}): readonly MinuteCounts[] =>
  Array.from({ length: count }, (_, at) => ({
    minute: 1000 + at,
    calls: 100,
    errors: 0,
    latencyMs: 1000,
    ...part,
  }));

describe('the verdict', () => {
  it('goes on when the step is old and large enough, and not before', () => {
    expect(judge()).toBe('advance: step_passed');
    expect(judge({}, START + 59_999)).toBe('continue: collecting');
    expect(judge({}, Number.NaN)).toBe('continue: collecting');
    expect(judge({ steps: [] })).toBe('continue: collecting');
  });

  it('goes back on a difference either way, unless it is tolerated', () => {
    expect(judge(blocks(100, 450))).toBe('rollback: block_rate_increase');
    expect(judge(blocks(5, 450))).toBe('rollback: block_rate_decrease');
    const wide = parseCanaryRules({ blockRate: { maxRatio: 3, minRatio: 0 } });
    expect(judge(blocks(100, 450), START, wide)).toBe('continue: collecting');
    expect(judge(blocks(5, 450), START, wide)).toBe('continue: collecting');
    expect(judge(blocks(300, 450), START, wide)).toBe('rollback: block_rate_increase');
  });

  it('goes back when reviewers overturn the candidate more often', () => {
    const reviews = { candidate: { units: 40, events: 25 }, baseline: { units: 300, events: 30 } };
    expect(judge({ reviews })).toBe('rollback: overturn_rate_increase');
    expect(judge({ reviews: { candidate: reviews.baseline, baseline: reviews.candidate } })).toBe(
      'advance: step_passed',
    );
  });

  it('goes back after five consecutive minutes above a limit, and at no less', () => {
    const endOf = (count: number) => START + count * 60_000;
    expect(judge({ minutes: minutes(5, { errors: 2 }) }, endOf(5))).toBe('rollback: error_rate');
    expect(judge({ minutes: minutes(5, { latencyMs: 300_100 }) }, endOf(5))).toBe(
      'rollback: latency',
    );
    expect(judge({ minutes: minutes(5, { errors: 1 }) }, endOf(5))).toBe('advance: step_passed');
    expect(judge({ minutes: minutes(5, { latencyMs: 300_000 }) }, endOf(5))).toBe(
      'advance: step_passed',
    );
    // The fifth is not over yet.
    expect(judge({ minutes: minutes(5, { errors: 2 }) }, endOf(5) - 1)).toBe(
      'hold: limit_exceeded_now',
    );
    expect(judge({ minutes: minutes(4, { errors: 2 }) }, endOf(9))).toBe(
      'hold: limit_exceeded_now',
    );
    const gap = minutes(6, { errors: 2 }).filter(({ minute }) => minute !== 1003);
    expect(findBreach(rules, gap, endOf(9))).toBeUndefined();
  });

  it('holds while a bound that is asked for is not proven', () => {
    const proven = parseCanaryRules({
      advance: { minCandidateUnits: 100, minDurationMs: 0, provenRatio: 2 },
    });
    expect(judge({}, START, proven)).toBe('hold: ratio_not_proven');
    expect(judge(blocks(500, 4500), START, proven)).toBe('advance: step_passed');
  });

  it('finishes at the last step', () => {
    const at = (from: number, percent: number) => ({
      from,
      percent,
      candidate: { units: 100, events: 0 },
      baseline: none,
    });
    const steps = [at(0, 10), at(10, 50), at(50, 100)];
    expect(judge({ step: 2, steps })).toBe('advance: finished');
  });

  it('never throws and never has a number in its metrics that a record could not hold', () => {
    const counts = fc
      .nat(5000)
      .chain((units) =>
        fc.record({ units: fc.constant(units), events: fc.integer({ min: 0, max: units }) }),
      );
    fc.assert(
      fc.property(counts, counts, counts, counts, (candidate, baseline, a, b) => {
        const steps = [{ from: 0, percent: 10, candidate, baseline }];
        const { metrics } = judgeCanary(
          rules,
          viewOf({ steps, reviews: { candidate: a, baseline: b } }),
          START,
        );
        for (const metric of metrics) {
          const { estimate = 0, lower, upper = 0, logIncrease, logDecrease = 0 } = metric;
          for (const value of [estimate, lower, upper, logIncrease, logDecrease]) {
            expect(Number.isFinite(value)).toBe(true);
          }
        }
      }),
    );
  });
});

describe('minutes', () => {
  it('add up in any order and forget what is long over', () => {
    const one = minutes(3, { errors: 1 });
    const other = minutes(5);
    expect(addMinutes(one, other, 10)).toEqual(addMinutes(other, one, 10));
    expect(addMinutes(one, other, 10)[0]).toMatchObject({ calls: 200, errors: 1, latencyMs: 2000 });
    expect(addMinutes(other, [], 2).map(({ minute }) => minute)).toEqual([1003, 1004]);
  });
});

describe('the rules', () => {
  it('have the documented defaults', () => {
    expect(parseCanaryRules()).toEqual({
      steps: [10, 50, 100],
      alpha: 0.05,
      blockRate: { share: 0.5, maxRatio: 1, minRatio: 1 },
      overturnRate: { share: 0.5, maxDifference: 0 },
      advance: { minCandidateUnits: 200, minDurationMs: 3_600_000 },
      limits: { errorRate: 0.01, latencyMs: 3000, minutes: 5 },
    });
  });

  it.each([
    { steps: [100] },
    { steps: [50, 10, 100] },
    { steps: [10, 50] },
    { steps: [Number.NaN, 100] },
    { alpha: 0 },
    { alpha: Number.NaN },
    { blockRate: { share: 0.8 } },
    { blockRate: { maxRatio: 0.5 } },
    { limits: { errorRate: Number.POSITIVE_INFINITY } },
    { unknown: 1 },
  ])('refuse %j', (value) => {
    const run = () => parseCanaryRules(value as object);
    expect(run).toThrow(expect.objectContaining({ code: 'POLICY_CANARY_INVALID' }));
    expect(run).toThrow(PolicyError);
  });
});
