import { type LabelledObservation, PolicyError } from '@spanforge/policy';
import { describe, expect, it } from 'vitest';
import { binomialAtMost } from './binomial.js';
import type { ThresholdGoal } from './labelled.js';
import { suggestThreshold } from './suggest-threshold.js';

/** Numbers from 0 to 1 that a seed repeats (mulberry32). */
function createRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

const OLD_THRESHOLD = 0.6;

/** Harmless calls score u, harmful ones 1 - u²: the true rates at a threshold are known. */
function draw(
  size: number,
  audit: number,
  random: () => number,
  part: { readonly reviewedShare?: number; readonly mirror?: boolean } = {},
): readonly LabelledObservation[] {
  return Array.from({ length: size }, () => {
    const isHarmful = random() < 0.4;
    const score = isHarmful ? 1 - random() ** 2 : random();
    const flagged = score > OLD_THRESHOLD;
    const samplingProbability = flagged ? (part.reviewedShare ?? 1) : audit;
    const isDrawn = random() < samplingProbability;
    const label = isDrawn ? (isHarmful ? 'true_positive' : 'false_positive') : 'unlabelled';
    return { observed: part.mirror ? -score : score, flagged, label, samplingProbability };
  });
}

const trueRate = (goal: ThresholdGoal['goal'], threshold: number): number => {
  const at = Math.min(1, Math.max(0, threshold));
  return goal === 'false_positive_rate' ? 1 - at : 1 - Math.sqrt(1 - at);
};

describe('the bound', () => {
  const confidence = 0.9;
  it.each([
    ['false_positive_rate', 1, 1, false],
    ['miss_rate', 1, 1, false],
    ['false_positive_rate', 0.5, 0.5, true],
    ['false_positive_rate', 0.2, 1, false],
    ['miss_rate', 0.2, 1, true],
  ] as const)(
    'of %s holds often enough: audit %d, reviews %d, mirrored %s',
    (goal, audit, reviewedShare, mirror) => {
      const runs = 400;
      const atMost = 0.2;
      let broken = 0;
      let found = 0;
      for (let run = 0; run < runs; run += 1) {
        const sample = draw(300, audit, createRandom(run + 1), { reviewedShare, mirror });
        const flags = mirror ? 'below' : 'above';
        const answer = suggestThreshold(sample, { goal, atMost, confidence, flags });
        if (answer.kind !== 'threshold') continue;
        found += 1;
        const threshold = mirror ? -answer.threshold : answer.threshold;
        if (trueRate(goal, threshold) > atMost) broken += 1;
      }
      expect(found).toBeGreaterThan(runs * 0.9);
      // So many broken ones, or more, would come by chance once in a thousand times at most.
      expect(1 - binomialAtMost(broken - 1, runs, 1 - confidence)).toBeGreaterThan(0.001);
      // And the bound is not kept by suggesting nothing of use.
      const useful = suggestThreshold(draw(3000, audit, createRandom(7), { reviewedShare }), {
        goal,
        atMost,
      });
      expect(useful.kind === 'threshold' && trueRate(goal, useful.threshold)).toBeGreaterThan(0.05);
    },
  );
});

const one = (part: Partial<LabelledObservation>): LabelledObservation => ({
  observed: 1,
  flagged: true,
  label: 'false_positive',
  samplingProbability: 1,
  ...part,
});
const audited = one({ observed: 0, flagged: false });
const goal: ThresholdGoal = { goal: 'false_positive_rate', atMost: 0.05, confidence: 0.95 };

describe('without the labels it takes', () => {
  it('refuses, and says why', () => {
    const codeOf = (observations: readonly LabelledObservation[]) => {
      const answer = suggestThreshold(observations, goal);
      return answer.kind === 'refused' ? answer.reasonCode : answer.kind;
    };
    expect(codeOf([])).toBe('no_observations');
    expect(codeOf(Array.from({ length: 500 }, () => one({})))).toBe('no_audit_sample');
    expect(
      codeOf([...new Array(500).fill(one({})), one({ flagged: false, label: 'unlabelled' })]),
    ).toBe('no_audit_sample');
    const { samplingProbability: _, ...unknown } = audited;
    expect(codeOf([...new Array(500).fill(audited), unknown])).toBe('sampling_unknown');
  });

  it('counts the missing ones exactly: 59 for 5 percent at 95', () => {
    expect(suggestThreshold(new Array(40).fill(audited), goal)).toMatchObject({
      kind: 'more_labels',
      of: 'false_positive',
      missing: 19,
      labels: 40,
    });
    expect(suggestThreshold(new Array(59).fill(audited), goal).kind).toBe('threshold');
    expect(suggestThreshold(new Array(58).fill(audited), goal).kind).toBe('more_labels');
  });

  it('does not take labels of flagged calls for labels of all', () => {
    const seen = new Array(500).fill(one({ label: 'true_positive', observed: 5 }));
    const rare = one({ observed: 0, flagged: false, samplingProbability: 0.01 });
    const answer = suggestThreshold([...seen, rare], { ...goal, goal: 'miss_rate' });
    expect(answer).toMatchObject({ kind: 'more_labels', of: 'true_positive' });
  });

  it('refuses what is no observation or goal', () => {
    const refused = (run: () => unknown) => {
      try {
        run();
      } catch (error) {
        return PolicyError.is(error) ? error.code : error;
      }
      return 'accepted';
    };
    for (const wrong of [{ observed: Number.NaN }, { samplingProbability: 0 }, { more: 1 }]) {
      const run = () => suggestThreshold([one(wrong as object)], goal);
      expect(refused(run)).toBe('POLICY_CALIBRATION_INVALID');
    }
    const run = () => suggestThreshold([audited], { ...goal, atMost: 1 });
    expect(refused(run)).toBe('POLICY_CALIBRATION_INVALID');
  });
});

it('counts what reviewers could not tell against the threshold', () => {
  const harmless = Array.from({ length: 200 }, (_, at) =>
    one({ observed: at / 200, flagged: false }),
  );
  const clean = suggestThreshold(harmless, goal);
  const unsure = Array.from({ length: 20 }, () => one({ observed: 0.98, label: 'needs_tuning' }));
  const careful = suggestThreshold([...harmless, ...unsure], goal);
  if (clean.kind !== 'threshold' || careful.kind !== 'threshold') throw new Error('no threshold');
  expect(careful.threshold).toBeGreaterThan(clean.threshold);
  expect(careful.threshold).toBeGreaterThanOrEqual(0.98);
});
