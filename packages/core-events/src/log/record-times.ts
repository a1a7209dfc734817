import type { EvidenceRecord } from '../evidence.js';

/** Looks at what records say of when they were written, one after the other in log order. */
export interface RecordTimes {
  /** What is odd about the time of the next record, as a sentence; undefined when nothing is. */
  note(record: Pick<EvidenceRecord, 'index' | 'time'>): string | undefined;
}

/** How far times may go back or run ahead: clocks of several writers differ. */
const TOLERANCE_MS = 3_600_000;

/**
 * Tells records that are dated more than an hour before the one they follow, or more than an hour after
 * now: a clock was wrong, or somebody backdated or postdated records. Of a whole run of such records it
 * tells where the run ends, which is where time goes back.
 */
export function createRecordTimes(nowMs: number): RecordTimes {
  let last: { readonly ms: number; readonly index: number; readonly time: string } | undefined;
  let isAhead = false;
  return {
    note({ index, time }) {
      const ms = Date.parse(time);
      const before = last;
      last = { ms, index, time };
      const wasAhead = isAhead;
      isAhead = ms > nowMs + TOLERANCE_MS;
      if (before && ms < before.ms - TOLERANCE_MS) {
        return `Record ${index} is dated ${time}, more than an hour before record ${before.index}, dated ${before.time}.`;
      }
      // Of a run that is ahead of now, its first record stands for all.
      return isAhead && !wasAhead
        ? `Record ${index} is dated ${time}, more than an hour after now.`
        : undefined;
    },
  };
}
