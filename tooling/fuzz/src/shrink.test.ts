import { expect, it } from 'vitest';
import { readArguments } from './arguments.js';
import { shrink } from './shrink.js';

it('takes away all that does not matter', () => {
  const big = { a: [1, 2, { x: 5, y: [6, 7] }], b: { c: 'd' }, e: null };
  const holds = (value: typeof big) => JSON.stringify(value).includes('7');
  expect(shrink(big, holds)).toEqual({ a: [{ y: [7] }] });
});

it('leaves what cannot be smaller, and stops', () => {
  expect(shrink([1, 2, 3], (list) => list.length === 3)).toEqual([1, 2, 3]);
  expect(shrink([1, 2, 3], () => true, 1)).toEqual([2, 3]);
});

it('reads its arguments', () => {
  expect(readArguments([])).toEqual({ pairs: 100_000, seed: 1 });
  expect(readArguments(['--', '--pairs', '1000000', '--seed', '7'])).toEqual({
    pairs: 1_000_000,
    seed: 7,
  });
  expect(() => readArguments(['--pairs', 'many'])).toThrow(RangeError);
  expect(() => readArguments(['--seed', '1.5'])).toThrow(RangeError);
});
