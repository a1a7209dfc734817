import { describe, expect, it } from 'vitest';
import { andThen, promised, valueAtOnce } from './awaitable.js';

it('goes on at once with what is there, and waits for what is not', async () => {
  expect(andThen(1, (one) => one + 1)).toBe(2);
  const waited = andThen(Promise.resolve(1), (one) => one + 1);
  expect(waited).toBeInstanceOf(Promise);
  expect(await waited).toBe(2);
  const failed = andThen<number, number>(Promise.reject(new Error('late')), (one) => one);
  await expect(failed).rejects.toThrow('late');
});

describe('what was promised at once', () => {
  it.each([
    ['an object', { a: 1 }],
    ['nothing', undefined],
    ['a text', 'x'],
  ])('is %s, for who takes it and for who waits', async (_, value) => {
    const promise = promised(() => value);
    expect(valueAtOnce(promise)).toBe(value);
    expect(await promise).toBe(value);
  });

  it('is a rejection where the work throws', async () => {
    const failed = promised(() => {
      throw new TypeError('no');
    });
    expect(valueAtOnce(failed)).toBe(failed);
    await expect(failed).rejects.toThrow('no');
  });

  it('is not a promise of the work itself, nor one made of another', async () => {
    const later = Promise.resolve(1);
    expect(promised(() => later)).toBe(later);
    expect(valueAtOnce(later)).toBe(later);
    const derived = promised(() => 1).then((one) => one + 1);
    expect(valueAtOnce(derived)).toBe(derived);
    expect(await derived).toBe(2);
    const inheriting = Object.create(promised(() => 1)) as Promise<number>;
    expect(valueAtOnce(inheriting)).toBe(inheriting);
  });

  it('is left as it is where it is no promise', () => {
    const value = { a: 1 };
    expect(valueAtOnce(value)).toBe(value);
    expect(valueAtOnce(undefined)).toBeUndefined();
  });
});
