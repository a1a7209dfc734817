import { expect, it } from 'vitest';
import { formatShare, wilson } from './wilson.js';

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
  expect(formatShare(460, 500)).toBe('92.0 [89.3, 94.1] 460/500');
  expect(formatShare(0, 0)).toBe('-');
});
