import {
  EventsError,
  type MakeId,
  type RecordDraft,
  type Recorder,
  within,
} from '@spanforge/core-events';

/** Decisions that were answered without a record, which is written when the log answers again. */
export interface LateRecords {
  add(draft: RecordDraft): void;
  /** Writes what is waiting. One run at a time; never rejects. */
  flush(): Promise<void>;
  /** Decisions that wait, including those that are only counted. */
  readonly waiting: number;
  /** Decisions whose context could not be recorded at all. */
  readonly unrecordable: number;
}

interface LateRecord {
  readonly key: string;
  readonly draft: RecordDraft;
  /** How many decisions it stands for. */
  readonly count: number;
}

const DRAFT_FAULTS: readonly string[] = ['EVENTS_RECORD_INVALID', 'EVENTS_RECORD_TOO_LARGE'];

/** True when an append failed because of the record, not because of the log. */
export function isDraftFault(error: unknown): boolean {
  return EventsError.is(error) && DRAFT_FAULTS.includes(error.code);
}

const CHUNK = 100;

/**
 * Creates the queue. Up to `limit` decisions wait one by one; beyond that they are counted per
 * tenant, and each count becomes one record made by `summarize`. Every record has its own
 * idempotency key, so a write that was slow rather than lost is not written twice.
 */
export function createLateRecords(options: {
  readonly recorder: Recorder;
  readonly limit: number;
  readonly timeoutMs: number;
  readonly makeId: MakeId;
  readonly summarize: (first: RecordDraft, count: number) => RecordDraft;
}): LateRecords {
  const { recorder, limit, timeoutMs, makeId, summarize } = options;
  const queue: LateRecord[] = [];
  const counted = new Map<string, { readonly first: RecordDraft; count: number }>();
  let unrecordable = 0;
  let running: Promise<void> | undefined;

  const enqueue = (draft: RecordDraft, count: number): void => {
    queue.push({ key: `scope-late:${makeId()}`, draft, count });
  };

  // From here on a count is fixed: a summary that may have been written is not written differently.
  const enqueueCounts = (): void => {
    for (const { first, count } of counted.values()) enqueue(summarize(first, count), count);
    counted.clear();
  };

  /** True when the record needs no further attempt: it was written, or never can be. */
  async function write({ key, draft, count }: LateRecord): Promise<boolean> {
    try {
      await within(timeoutMs, async () => {
        const { receipts } = await recorder.append([draft], { idempotencyKey: key });
        await receipts;
      });
      return true;
    } catch (error) {
      if (!isDraftFault(error)) return false;
      unrecordable += count;
      return true;
    }
  }

  async function writeOut(): Promise<void> {
    for (;;) {
      if (queue.length === 0) enqueueCounts();
      if (queue.length === 0) return;
      const chunk = queue.slice(0, CHUNK);
      const written = await Promise.all(chunk.map(write));
      const kept = chunk.filter((_, at) => !written[at]);
      queue.splice(0, chunk.length, ...kept);
      if (kept.length > 0) return;
    }
  }

  return {
    add(draft) {
      if (queue.length < limit) {
        enqueue(draft, 1);
        return;
      }
      const entry = counted.get(draft.context.tenant);
      if (entry) entry.count += 1;
      else counted.set(draft.context.tenant, { first: draft, count: 1 });
    },
    flush() {
      running ??= writeOut().finally(() => {
        running = undefined;
      });
      return running;
    },
    get waiting() {
      const entries = [...queue, ...counted.values()];
      return entries.reduce((sum, { count }) => sum + count, 0);
    },
    get unrecordable() {
      return unrecordable;
    },
  };
}
