import {
  type Appended,
  type Awaitable,
  appendTo,
  createTimeLimit,
  type MakeId,
  type RecordDraft,
  type Recorder,
} from '@spanforge/core-events';
import { type Breaker, createBreaker, type Permit } from './breaker.js';
import { draftMissed } from './draft.js';
import { createLateRecords, isDraftFault, type LateRecords } from './late-records.js';

/** Writes decisions, reports success and failure to the breaker, and keeps what could not be written. */
export interface EvidenceWriter {
  readonly breaker: Breaker;
  readonly late: LateRecords;
  /**
   * Appends one decision and gives its record id, or undefined when it was not appended in time.
   * The breaker is told how the commit went; with a staged recorder that is later.
   */
  write(permit: Permit, draft: RecordDraft, recorder: Recorder): Awaitable<string | undefined>;
}

const notRecorded = (): Error => new Error('the record was not appended in time');

/** Creates the writer. Late records go through the service's own recorder. */
export function createEvidenceWriter(options: {
  readonly recorder: Recorder;
  readonly clock: () => number;
  readonly makeId: MakeId;
  readonly threshold: number;
  readonly resetMs: number;
  readonly recordTimeoutMs: number;
  readonly maxLateRecords: number;
}): EvidenceWriter {
  const { recorder: own, recordTimeoutMs } = options;
  const limit = createTimeLimit(recordTimeoutMs);
  const breaker = createBreaker(options);
  const late = createLateRecords({
    recorder: own,
    limit: options.maxLateRecords,
    timeoutMs: recordTimeoutMs,
    makeId: options.makeId,
    summarize: draftMissed,
  });

  const succeeded = (permit: Permit): void => {
    breaker.settle(permit, 'succeeded');
    if (late.waiting > 0 && breaker.state === 'closed') void late.flush();
  };
  const failed = (permit: Permit, error: unknown): undefined => {
    breaker.settle(permit, isDraftFault(error) ? 'neither' : 'failed');
  };

  return {
    breaker,
    late,
    write(permit, draft, recorder) {
      const appended = ({ ids: [id], receipts }: Appended): string => {
        if (id === undefined) throw new TypeError('the recorder gave no record id');
        receipts.then(
          () => succeeded(permit),
          (error: unknown) => failed(permit, error),
        );
        return id;
      };
      const notAppended = (error: unknown): undefined => failed(permit, error);
      try {
        const appending = limit.wait(appendTo(recorder, [draft]), notRecorded);
        return appending instanceof Promise
          ? appending.then(appended).catch(notAppended)
          : appended(appending);
      } catch (error) {
        return notAppended(error);
      }
    },
  };
}
