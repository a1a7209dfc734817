import { parseJson } from '@spanforge/core-signing';
import { expect, it } from 'vitest';
import { ifReadable } from './if-readable.js';

it('is what was read, nothing where it was refused, and no shelter for our own faults', () => {
  expect(ifReadable(() => parseJson('{"a":1}'))).toEqual({ a: 1 });
  expect(ifReadable(() => parseJson('{'))).toBeUndefined();
  const fault = new TypeError('a fault of ours');
  const broken = () => {
    throw fault;
  };
  expect(() => ifReadable(broken)).toThrow(fault);
});
