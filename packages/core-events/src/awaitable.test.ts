import { expect, it } from 'vitest';
import { andThen } from './awaitable.js';

it('goes on at once with what is there, and waits for what is not', async () => {
  expect(andThen(1, (one) => one + 1)).toBe(2);
  const waited = andThen(Promise.resolve(1), (one) => one + 1);
  expect(waited).toBeInstanceOf(Promise);
  expect(await waited).toBe(2);
  const failed = andThen<number, number>(Promise.reject(new Error('late')), (one) => one);
  await expect(failed).rejects.toThrow('late');
});
