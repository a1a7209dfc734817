import { expect, it } from 'vitest';
import { formatPercent, shareOf } from './share.js';
import { wilson } from './wilson.js';

it('is the interval of the textbooks', () => {
  // Newcombe (1998), method 3: 81 of 263 and 0 of 20.
  expect(wilson(81, 263)).toMatchObject({
    low: expect.closeTo(0.2553, 4),
    high: expect.closeTo(0.3662, 4),
  });
  expect(wilson(0, 20)).toMatchObject({ low: 0, high: expect.closeTo(0.1611, 4) });
  expect(wilson(0, 0)).toBeUndefined();
});

it('is written with its counts', () => {
  expect(formatPercent(shareOf(460, 500))).toBe('460/500 (89–94 %)');
  expect(formatPercent(shareOf(0, 0))).toBe('0/0 (0–100 %)');
});
