import { describe, expect, test } from 'vitest';
import { createTimeLimit } from './time-limit.js';

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
const late = (): Error => new Error('late');

describe('a time limit', () => {
  test('passes on what the work answers, and what it throws', async () => {
    const limit = createTimeLimit(1000);
    expect(await limit.wait(Promise.resolve(1), late)).toBe(1);
    await expect(limit.wait(Promise.reject(new Error('own')), late)).rejects.toThrow('own');
  });

  test('answers at once what is there, and waits for any promise, of whatever library', async () => {
    const limit = createTimeLimit(20);
    const work: Promise<number> | number = 1;
    expect(limit.wait<number>(work, late)).toBe(1);
    // biome-ignore lint/suspicious/noThenProperty: a promise of another library has one
    const never = { then: () => undefined } as unknown as Promise<never>;
    await expect(limit.wait(never, late)).rejects.toThrow('late');
  });

  test('rejects work that is late, each after its own time', async () => {
    const limit = createTimeLimit(40);
    const never = new Promise<never>(() => undefined);
    const startedMs = performance.now();
    const first = limit.wait(never, late).catch(() => performance.now() - startedMs);
    await pause(20);
    const second = limit.wait(never, late).catch(() => performance.now() - startedMs);
    const times = await Promise.all([first, second]);
    expect(times[0]).toBeGreaterThanOrEqual(39);
    expect(times[1]).toBeGreaterThanOrEqual(58);
  });

  test('goes on after a time in which nothing waited', async () => {
    const limit = createTimeLimit(20);
    await limit.wait(Promise.resolve(1), late);
    await pause(30);
    await expect(limit.wait(new Promise(() => undefined), late)).rejects.toThrow('late');
  });

  test('keeps one timer for many waits', async () => {
    const limit = createTimeLimit(10_000);
    const real = globalThis.setTimeout;
    let timers = 0;
    globalThis.setTimeout = ((...args: Parameters<typeof real>) => {
      timers += 1;
      return real(...args);
    }) as typeof real;
    try {
      await Promise.all(
        Array.from({ length: 100 }, (_, i) => limit.wait(Promise.resolve(i), late)),
      );
    } finally {
      globalThis.setTimeout = real;
    }
    expect(timers).toBe(1);
  });
});
