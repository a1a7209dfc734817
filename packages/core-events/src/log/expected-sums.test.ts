import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { CounterRow } from '../counter-port.js';
import { maxSkewOf } from './counted.js';
import { createExpectedSums } from './expected-sums.js';

const WINDOW = 1000;
const entry = (id: string, timeMs: number, amount = 1, key = 'k'): CounterRow => ({
  ...{ key, id, amount, timeMs, untilMs: timeMs + WINDOW },
});

describe('what a counter should have at least', () => {
  it('is what was noted and is neither forgotten nor over', () => {
    const sums = createExpectedSums();
    expect(sums.least('k', 10, WINDOW)).toBe(0);
    for (const [id, at, amount] of [
      ['a', 1, 5],
      ['b', 2, 7],
      ['b', 2, 7],
      ['c', 300, 1],
    ] as const) {
      sums.note(entry(id, at, amount));
    }
    expect(sums.least('k', 300, WINDOW)).toBe(13);
    sums.forget('k', 'b');
    sums.forget('k', 'unknown');
    expect(sums.least('k', 300, WINDOW)).toBe(6);
    // A tenth of the window before its end, another clock may have it over.
    expect(sums.least('k', 902, WINDOW)).toBe(1);
    expect(sums.least('k', 5000, WINDOW)).toBe(0);
    expect(sums.least('other', 300, WINDOW)).toBe(0);
  });

  it('is nothing before the newest entry, within a shorter window, and after a reset', () => {
    const sums = createExpectedSums();
    sums.note(entry('a', 100));
    sums.note(entry('b', 200));
    expect(sums.least('k', 199, WINDOW)).toBe(0);
    expect(sums.least('k', 200, 50)).toBe(0);
    expect(sums.least('k', 200, WINDOW)).toBe(2);
    sums.reset('k');
    expect(sums.least('k', 200, WINDOW)).toBe(0);
  });

  it('is never more than what counts, in whatever order entries come', () => {
    const times = fc.integer({ min: 0, max: 3000 });
    const step = fc.record({
      id: fc.constantFrom('a', 'b', 'c', 'd', 'e'),
      timeMs: times,
      amount: fc.integer({ min: 0, max: 9 }),
      forget: fc.boolean(),
      askedMs: times,
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
        const sums = createExpectedSums();
        const known = new Map<string, CounterRow>();
        let latest = 0;
        for (const { id, timeMs, amount, forget, askedMs } of steps) {
          if (forget) {
            sums.forget('k', id);
            known.delete(id);
          } else {
            // Clocks of one counter's callers differ by less than the tenth of a window.
            latest = Math.max(latest, timeMs);
            const row = entry(id, Math.max(timeMs, latest - WINDOW / 10), amount);
            sums.note(row);
            known.set(id, row);
          }
          const atMs = Math.max(askedMs, latest - WINDOW / 10);
          const counting = [...known.values()].filter(
            (row) => row.timeMs <= atMs && row.untilMs > atMs,
          );
          const sum = counting.reduce((total, row) => total + row.amount, 0);
          expect(sums.least('k', atMs, WINDOW)).toBeLessThanOrEqual(sum);
        }
      }),
    );
  });

  it('takes no longer for a counter with many entries', () => {
    const sums = createExpectedSums();
    let read = 0;
    for (let at = 0; at < 10_000; at += 1) {
      const row = entry(`c${at}`, at / 100);
      const { untilMs } = row;
      const get = () => {
        read += 1;
        return untilMs;
      };
      sums.note(Object.defineProperty(row, 'untilMs', { get }));
    }
    read = 0;
    expect(sums.least('k', 100, WINDOW)).toBe(10_000);
    expect(read).toBeLessThan(10);
    expect(maxSkewOf(entry('a', 1))).toBe(WINDOW / 10);
  });

  it('forgets the counters that were longest unused before there are too many entries', () => {
    const sums = createExpectedSums();
    sums.note(entry('first', 1, 1, 'old'));
    for (let at = 0; at < 65_536; at += 1) sums.note(entry(`c${at}`, 1, 1, 'busy'));
    expect(sums.least('old', 1, WINDOW)).toBe(0);
    expect(sums.least('busy', 1, WINDOW)).toBe(65_536);
  });
});
