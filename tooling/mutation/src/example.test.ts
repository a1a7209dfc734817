import { expect, it } from 'vitest';
import { isBelow } from './example.js';

it('says what is below, and forgets the limit itself', () => {
  expect(isBelow(1, 2)).toBe(true);
  expect(isBelow(3, 2)).toBe(false);
});
