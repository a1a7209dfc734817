import fc from 'fast-check';
import { expect, it } from 'vitest';
import { createQueue } from './queue.js';

it('is an array with push and shift', () => {
  fc.assert(
    fc.property(fc.array(fc.option(fc.integer(), { nil: undefined })), (steps) => {
      const queue = createQueue<number>();
      const model: number[] = [];
      for (const step of steps) {
        if (step === undefined) expect(queue.shift()).toBe(model.shift());
        else {
          queue.push(step);
          model.push(step);
        }
        expect(queue.peek()).toBe(model[0]);
        expect(queue.length).toBe(model.length);
      }
    }),
  );
});

it('keeps its order across many items', () => {
  const queue = createQueue<number>();
  for (let n = 0; n < 10_000; n += 1) queue.push(n);
  for (let n = 0; n < 9_000; n += 1) expect(queue.shift()).toBe(n);
  queue.push(10_000);
  for (let n = 9_000; n <= 10_000; n += 1) expect(queue.shift()).toBe(n);
  expect(queue.shift()).toBeUndefined();
});
