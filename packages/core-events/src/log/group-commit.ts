import { EventsError } from '../error.js';
import {
  type Batch,
  type BatchParts,
  createBatchEncoder,
  createBatches,
  type GroupOutcome,
  type WaitingGroup,
} from './batches.js';
import { createPace } from './pace.js';
import type { SealedGroup } from './prepare.js';
import { createQueue } from './queue.js';
import type { RecordKeys } from './record-keys.js';
import { appendBatch, createSettlement, type SettlementParts } from './settle-groups.js';
import type { StoreBlockResult } from './store.js';
import { soon, turn } from './turn.js';

/** Collects groups during a commit, and sends them together in the next. */
export interface GroupCommit {
  /**
   * Queues a group. Resolves when it is durable.
   *
   * @throws {EventsError} `EVENTS_RECORD_TOO_LARGE` and `EVENTS_QUEUE_FULL` before anything is
   *   queued; `EVENTS_CLAIM_TAKEN`, `EVENTS_IDEMPOTENCY_CONFLICT`, `EVENTS_APPEND_FAILED` when the
   *   commit decided so.
   */
  submit(group: SealedGroup): Promise<GroupOutcome>;
  /** Waits for queued and running commits, then records the remaining gaps. Never rejects. */
  close(): Promise<void>;
  readonly counters: { queuedBytes: number; appended: number; failed: number; commits: number };
}

/** Options of the group commit. */
export interface GroupCommitParts extends BatchParts, SettlementParts {
  readonly keys: RecordKeys;
  readonly maxQueueBytes: number;
  /** Batches handed to the store before the first has answered. */
  readonly maxInFlight: number;
}

function queueRefusal(
  { bytes }: SealedGroup,
  queuedBytes: number,
  maxQueueBytes: number,
): EventsError | undefined {
  if (bytes > maxQueueBytes) {
    const details = { bytes, maxBytes: maxQueueBytes };
    return new EventsError('EVENTS_RECORD_TOO_LARGE', 'the records are larger than the queue', {
      details,
    });
  }
  if (queuedBytes + bytes <= maxQueueBytes) return undefined;
  const details = { queuedBytes, maxQueueBytes };
  return new EventsError('EVENTS_QUEUE_FULL', 'the queue of records is full; try again later', {
    details,
  });
}

/** Creates the queue of one log; the only one that numbers its records. */
export function createGroupCommit(parts: GroupCommitParts): GroupCommit {
  const { store, gaps, maxQueueBytes } = parts;
  const counters = { queuedBytes: 0, appended: 0, failed: 0, commits: 0 };
  const waiting = createQueue<WaitingGroup>();
  const encode = createBatchEncoder(parts.keys);
  const takeBatch = createBatches(parts, waiting, counters);
  const { settle, fail } = createSettlement(parts, counters);
  const pace = createPace(parts.maxInFlight);
  let unsettled = 0;
  let scheduled = false;
  let idle: (() => void)[] = [];

  async function tell(batch: Batch, answer: StoreBlockResult): Promise<void> {
    const count = batch.groups.length;
    const some = pace.firstToTell(count, waiting.length);
    await settle(batch, answer, 0, some);
    if (some === count) return;
    await turn();
    await settle(batch, answer, some, count);
  }

  async function commit(batch: Batch): Promise<void> {
    const count = batch.groups.length;
    pace.begin(count);
    unsettled += 1;
    try {
      const answer = await appendBatch(store, encode, batch).finally(() => pace.end(count));
      counters.commits += 1;
      await tell(batch, answer);
    } catch (cause) {
      fail(batch, cause);
    }
    for (const entry of batch.groups) counters.queuedBytes -= entry.group.bytes;
    unsettled -= 1;
    schedule();
  }

  function flush(): void {
    scheduled = false;
    const batch = waiting.length > 0 && pace.isOpen() ? takeBatch() : undefined;
    if (batch) void commit(batch);
    schedule();
  }

  function schedule(): void {
    if (waiting.length === 0 && unsettled === 0) {
      for (const resolve of idle) resolve();
      idle = [];
    }
    if (pace.isEnough(waiting.length)) {
      flush();
      return;
    }
    if (scheduled || waiting.length === 0 || !pace.isOpen()) return;
    scheduled = true;
    soon(flush);
  }

  const drained = (): Promise<void> =>
    waiting.length === 0 && unsettled === 0
      ? Promise.resolve()
      : new Promise((resolve) => {
          idle.push(resolve);
        });

  return {
    counters,
    submit(group) {
      const refused = queueRefusal(group, counters.queuedBytes, maxQueueBytes);
      if (refused) return Promise.reject(refused);
      counters.queuedBytes += group.bytes;
      return new Promise((resolve, reject) => {
        waiting.push({ group, resolve, reject });
        schedule();
      });
    },
    async close() {
      await drained();
      for (let failed = counters.failed; !gaps.empty && failed === counters.failed; ) {
        const batch = takeBatch();
        if (!batch) return;
        await commit(batch);
      }
    },
  };
}
