import { describe, expect, it } from 'vitest';
import { within } from './within.js';

describe('within', () => {
  it('gives what the work gives, value or error', async () => {
    expect(await within(1000, async () => 1)).toBe(1);
    await expect(within(1000, () => Promise.reject(new Error('no')))).rejects.toThrow('no');
  });

  it('rejects when the time is up, as it is told to, and ignores what comes later', async () => {
    let settle: (value: number) => void = () => undefined;
    const slow = new Promise<number>((resolve) => {
      settle = resolve;
    });
    await expect(within(1, () => slow)).rejects.toThrow('no answer within 1 ms');
    await expect(
      within(
        1,
        () => slow,
        () => new TypeError('late'),
      ),
    ).rejects.toThrow(TypeError);
    settle(1);
  });

  it('rejects with what the start throws', async () => {
    const start = (): Promise<number> => {
      throw new RangeError('at once');
    };
    await expect(within(1000, start)).rejects.toThrow(RangeError);
  });
});
