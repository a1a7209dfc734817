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
  const { readTimes } = store;
  let indexes: number[] = [];
  let timesMs: number[] = [];
  return {
    note({ index, time }) {
      if (!readTimes) return;
      indexes.push(index);
      timesMs.push(epochMs(time));
    },
    async compare(first, end) {
      const filed = indexes.length > 0 ? await readTimes?.(first, end - first) : undefined;
      const isFiled = (index: number, at: number): boolean =>
        index < first || index >= end || filed?.[index - first] === timesMs[at];
      const different = filed ? indexes.filter((index, at) => !isFiled(index, at)) : [];
      [indexes, timesMs] = [[], []];
      return different.map((index) =>
        fault('time_mismatch', `record ${index} is found by another time than its own`, index),
      );
    },
  };
}
