import { describe, expect, it } from 'vitest';
import { overlap } from './baselines.js';
import { dataFolder, isHeldOut, readSamples } from './data.js';
import { measureAnswer } from './features.js';
import { claimScore, fitModel } from './fit.js';
import { auc, balancedAccuracy, bestThreshold } from './metrics.js';
import { prepare, SHIPPED, scoreAnswer, train } from './model.js';
import { perturb } from './perturb.js';

const folder = dataFolder(process.env);
const samples = readSamples(folder, 'begin_wow_dev_PUBLIC.jsonl') ?? [];
const open = samples.filter((one) => !isHeldOut(one));

describe.skipIf(samples.length === 0)(`the shipped scorer on human labels (${folder})`, () => {
  it('has the coefficients that the fit gives', () => {
    const rounded = (list: readonly number[]) => list.map((value) => Number(value.toFixed(2)));
    const { claims, answer } = train(prepare(open));
    expect({ claims: rounded(claims), answer: rounded(answer) }).toEqual(SHIPPED);
  });

  it('tells answers of middling overlap apart, where overlap does not', () => {
    const middling = open.filter(({ answer, source }) => {
      const share = overlap(answer, source, 1);
      return share >= 0.4 && share <= 0.9;
    });
    const own = middling.map(({ answer, source, grounded }) => ({
      score: scoreAnswer(measureAnswer(answer, [source]), SHIPPED),
      grounded,
    }));
    const words = middling.map(({ answer, source, grounded }) => ({
      score: overlap(answer, source, 1),
      grounded,
    }));
    expect(auc(own)).toBeGreaterThan(auc(words) + 0.05);
  });

  it('lowers the score of nearly every sentence that is made false', () => {
    const score = (text: string, source: string) =>
      scoreAnswer(measureAnswer(text, [source]), SHIPPED);
    // Names that change places in a list change nothing, and neither do words in a list.
    const plain = (kind: string) => kind !== 'words_shuffled' && kind !== 'entities_swapped';
    const lowered = open.flatMap(({ source }) =>
      perturb(source, 'Ottilie')
        .filter(([kind]) => plain(kind))
        .map(([, text]) => score(text, source) < score(source, source)),
    );
    expect(lowered.filter(Boolean).length / lowered.length).toBeGreaterThan(0.95);
  });
});

describe('the figures', () => {
  const scored = [
    { score: 0.9, grounded: true },
    { score: 0.6, grounded: false },
    { score: 0.5, grounded: true },
    { score: 0.1, grounded: false },
  ];

  it('are what they are defined as', () => {
    expect(auc(scored)).toBe(0.75);
    expect(auc(scored.map((one) => ({ ...one, score: 1 })))).toBe(0.5);
    expect(balancedAccuracy(scored, 0.55)).toBe(0.5);
    expect(balancedAccuracy(scored, bestThreshold(scored))).toBe(0.75);
    expect(overlap('the red fox', 'a red fox ran', 1)).toBeCloseTo(2 / 3);
    expect(overlap('the red fox', 'a red fox ran', 2)).toBe(0.5);
  });

  it('come from a fit that finds which feature counts, and gives none a reward', () => {
    const examples = Array.from({ length: 60 }, (_, at) => ({
      rows: [[at % 2, (at % 7) / 7]],
      grounded: at % 2 === 0,
    }));
    const [constant = 0, first = 0, second = 0] = fitModel(examples, { features: 2 });
    expect(first).toBeLessThan(second);
    expect(second).toBeLessThanOrEqual(0);
    expect(claimScore([0, 0], [constant, first, second])).toBeGreaterThan(0.8);
  });
});
