import type { FsckFinding } from './fsck-report.js';
import { createRecordTimes } from './record-times.js';

/** Odd times that are named; further ones are only counted, because with two different clocks every record may have one. */
const NAMED_TIMES = 100;

/** Collects records that are dated far outside their neighbours. */
export function createTimesCheck(nowMs: number) {
  const times = createRecordTimes(nowMs);
  const named: FsckFinding[] = [];
  let more = 0;
  const warn = (message: string, index?: number): FsckFinding => ({
    ...{ severity: 'warning', code: 'time_out_of_place', message },
    ...(index === undefined ? {} : { index }),
  });
  return {
    note(record: { readonly index: number; readonly time: string | number }): void {
      const message = times.note(record);
      if (message === undefined) return;
      if (named.length < NAMED_TIMES) named.push(warn(message, record.index));
      else more += 1;
    },
    finish: (): readonly FsckFinding[] =>
      more === 0 ? named : [...named, warn(`${more} more records are dated out of place`)],
  };
}
