import fc from 'fast-check';
import { expect, it } from 'vitest';
import { roundBeside } from './derive-factors.js';
import { tell } from './sentences.js';

it.each([
  [0.18085684640556757, 0.85, 0.181],
  [0.84999, 0.85, 0.84999],
  [0.8505, 0.8506, 0.8505],
  [0.85, 0.85, 0.85],
  [1250, 1000, 1250],
  [0.00001, 0, 0.00001],
  [1e300, 1, 1e300],
])('%d beside %d is written %d', (value, beside, written) => {
  expect(roundBeside(value, beside)).toBe(written);
});

it('a rounded number stays on its side', () => {
  const number = fc.double({ min: -2, max: 2, noNaN: true });
  fc.assert(
    fc.property(number, number, (value, beside) => {
      const side = Math.sign(roundBeside(value, beside) - beside);
      expect(side).toBe(Math.sign(value - beside));
    }),
  );
});

it('people read a confidence with three decimals', () => {
  const sure = { confidence: 0.18085684640556757, confidenceThreshold: 0.85 };
  expect(tell({ outcome: 'allow', factors: [], counterfactuals: [], ...sure })).toBe(
    'It was allowed. The confidence of 0.181 is under 0.85: a person should look.',
  );
});
