import { type FsckFinding, fault } from './fsck-report.js';
import type { EvidenceStore, StoreTimes } from './store.js';

/** Compares the times by which a store finds records with those in the records, many at a time. */
export interface FiledTimesCheck {
  /** Adds the next record, with its time as text or in epoch milliseconds. */
  note(record: { readonly index: number; readonly time: string | number }): void;
  /** Compares what was added since the last comparison, of the records `[first, end)`. */
  compare(first: number, end: number): Promise<readonly FsckFinding[]>;
}

const epochMs = (time: string | number): number =>
  typeof time === 'number' ? time : Date.parse(time);

/** Creates the check; it reports nothing for a store that cannot show its times. */
export function createFiledTimesCheck(store: EvidenceStore & Partial<StoreTimes>): FiledTimesCheck {
  let noted: { readonly index: number; readonly timeMs: number }[] = [];
  return {
    note({ index, time }) {
      if (store.readTimes) noted.push({ index, timeMs: epochMs(time) });
    },
    async compare(first, end) {
      const filed = noted.length > 0 && (await store.readTimes?.(first, end - first));
      const isInside = (index: number): boolean => index >= first && index < end;
      const different = noted.filter(
        ({ index, timeMs }) => filed && isInside(index) && filed[index - first] !== timeMs,
      );
      noted = [];
      return different.map(({ index }) =>
        fault('time_mismatch', `record ${index} is found by another time than its own`, index),
      );
    },
  };
}
