/** Looks at what records say of when they were written, one after the other in log order. */
export interface RecordTimes {
  /**
   * What is odd about the time of the next record, as a sentence; undefined when nothing is. The time
   * is as it stands in the record, or epoch milliseconds.
   */
  note(record: { readonly index: number; readonly time: string | number }): string | undefined;
}

const written = (time: string | number): string =>
  typeof time === 'string' ? time : new Date(time).toISOString();

const told = ({ ms, index, text }: { ms: number; index: number; text: string }): string =>
  `record ${index}, dated ${text === '' ? written(ms) : text}`;

/** How far times may go back or run ahead: clocks of several writers differ. */
const TOLERANCE_MS = 3_600_000;

/**
 * Tells records that are dated more than an hour before the one they follow, or more than an hour after
 * now: a clock was wrong, or somebody backdated or postdated records. Of a whole run of such records it
 * tells where the run ends, which is where time goes back.
 */
export function createRecordTimes(nowMs: number): RecordTimes {
  // Written to in place: a log has many records, and an object for each would cost more than the comparison.
  const last = { ms: Number.NEGATIVE_INFINITY, index: 0, text: '' };
  let isAhead = false;
  return {
    note({ index, time }) {
      const ms = typeof time === 'number' ? time : Date.parse(time);
      const back =
        ms < last.ms - TOLERANCE_MS ? `more than an hour before ${told(last)}` : undefined;
      last.ms = ms;
      last.index = index;
      last.text = typeof time === 'number' ? '' : time;
      const wasAhead = isAhead;
      isAhead = ms > nowMs + TOLERANCE_MS;
      if (back !== undefined) return `Record ${index} is dated ${written(time)}, ${back}.`;
      // Of a run that is ahead of now, its first record stands for all.
      return isAhead && !wasAhead
        ? `Record ${index} is dated ${written(time)}, more than an hour after now.`
        : undefined;
    },
  };
}
