import { describe, expect, it } from 'vitest';
import { createRecordTimes } from './record-times.js';

const HOUR = 3_600_000;
const NOW = Date.parse('2026-03-01T12:00:00.000Z');

/** What is said of records that are so many hours from now, by index. */
function odd(...hours: readonly number[]): readonly (readonly [number, string])[] {
  const times = createRecordTimes(NOW);
  return hours.flatMap((away, index) => {
    const said = times.note({ index, time: new Date(NOW + away * HOUR).toISOString() });
    return said === undefined ? [] : [[index, said] as const];
  });
}

describe('the times of records', () => {
  it.each([
    ['grow', [-500, -100, -100, -0.5, 0]],
    ['differ as clocks do', [-2, -2.9, -2, -2.9]],
    ['are of a clock a little ahead', [-1, 0.9]],
    ['are of one record', [-9000]],
  ])('say nothing when they %s', (_, hours) => expect(odd(...hours)).toEqual([]));

  it.each([
    ['a record dated back', [-10, -50, -9], 1],
    ['one record dated ahead', [-10, -5, -9], 2],
    ['a run dated ahead, where it ends', [-100, -50, -49, -48, -100], 4],
    ['the last record, dated after now', [-10, -9, 9600], 2],
  ])('tell %s', (_, hours, index) => expect(odd(...hours).map(([at]) => at)).toEqual([index]));

  it('tell a run after now once, and where it ends', () => {
    expect(odd(-1, 9600, 9601, 9602, 0)).toEqual([
      [1, 'Record 1 is dated 2027-04-05T12:00:00.000Z, more than an hour after now.'],
      [
        4,
        'Record 4 is dated 2026-03-01T12:00:00.000Z, more than an hour before record 3, dated 2027-04-05T14:00:00.000Z.',
      ],
    ]);
  });
});
