import { leafHash, toHex, utf8 } from '@spanforge/core-signing';
import { EventsError } from '../error.js';
import type { Receipt } from '../ports.js';
import { stampRecord } from '../records/envelope.js';
import type { GapCause, GapLedger } from './gaps.js';
import type { SealedGroup } from './prepare.js';
import type { RecordKeys } from './record-keys.js';
import type { EvidenceStore, StoreGroup, StoreGroupResult, StoreRecord } from './store.js';

/** What became of one group. */
export type GroupOutcome =
  | { readonly status: 'stored'; readonly receipts: readonly Receipt[] }
  | { readonly status: 'duplicate'; readonly first: number; readonly count: number };

/** Gathers groups while a commit is under way, and sends them together in the next. */
export interface GroupCommit {
  /**
   * Queues a group. Resolves when it is durable.
   *
   * @throws {EventsError} `EVENTS_QUEUE_FULL` before anything is queued; `EVENTS_CLAIM_TAKEN`,
   *   `EVENTS_IDEMPOTENCY_CONFLICT`, `EVENTS_APPEND_FAILED` when the commit decided so.
   */
  submit(group: SealedGroup): Promise<GroupOutcome>;
  /** Resolves when nothing is queued or under way. */
  drained(): Promise<void>;
  readonly counters: { queuedBytes: number; appended: number; failed: number; commits: number };
}

/** What the group commit needs of its log. */
export interface GroupCommitParts {
  readonly store: EvidenceStore;
  readonly keys: RecordKeys;
  readonly gaps: GapLedger;
  /** Serialises the records that name gaps. */
  readonly sealGaps: () => SealedGroup | undefined;
  readonly stampPrefix: string;
  readonly maxQueueBytes: number;
  readonly maxBatchRecords: number;
  /** Batches handed to the store before the first has answered. */
  readonly maxInFlight: number;
}

interface Waiting {
  readonly group: SealedGroup;
  readonly resolve: (outcome: GroupOutcome) => void;
  readonly reject: (error: unknown) => void;
}

interface Numbered extends Waiting {
  readonly firstNumber: number;
  readonly store: StoreGroup;
}

const REFUSALS: Readonly<
  Record<'conflict' | 'claimed', { cause: GapCause; error: () => EventsError }>
> = {
  conflict: {
    cause: 'idempotency_conflict',
    error: () =>
      new EventsError(
        'EVENTS_IDEMPOTENCY_CONFLICT',
        'the idempotency key stands for another request',
      ),
  },
  claimed: {
    cause: 'claim_taken',
    error: () => new EventsError('EVENTS_CLAIM_TAKEN', 'the claim was taken before'),
  },
};

/** Runs after the callers that are ready now have had their turn, so that they share a commit. */
const soon: (run: () => void) => void =
  typeof setImmediate === 'function' ? (run) => setImmediate(run) : (run) => setTimeout(run, 0);

export function createGroupCommit(parts: GroupCommitParts): GroupCommit {
  const { store, keys, gaps, maxQueueBytes, maxBatchRecords, maxInFlight } = parts;
  const counters = { queuedBytes: 0, appended: 0, failed: 0, commits: 0 };
  let waiting: Waiting[] = [];
  let nextNumber = 0;
  let inFlight = 0;
  let scheduled = false;
  let idle: (() => void)[] = [];

  function numberGroup(entry: Waiting): Numbered {
    const firstNumber = nextNumber;
    const records = entry.group.records.map((sealed): StoreRecord => {
      const text = stampRecord(sealed.text, parts.stampPrefix, nextNumber);
      nextNumber += 1;
      const leaf = leafHash(text);
      const mac = keys.sign(sealed.tenant, leaf);
      const { timeMs, terms, disclosures } = sealed;
      const stored = { bytes: utf8(text), leaf, timeMs, terms, disclosures };
      return mac ? { ...stored, mac } : stored;
    });
    return { ...entry, firstNumber, store: { ...entry.group.options, records } };
  }

  function takeBatch(): readonly Numbered[] {
    const gapGroup = parts.sealGaps();
    const first = gapGroup ? [{ group: gapGroup, resolve: () => {}, reject: () => {} }] : [];
    let records = gapGroup?.records.length ?? 0;
    let taken = 0;
    while (taken < waiting.length && records < maxBatchRecords) {
      records += waiting[taken]?.group.records.length ?? 0;
      taken += 1;
    }
    const batch = [...first, ...waiting.slice(0, taken)];
    waiting = waiting.slice(taken);
    return batch.map(numberGroup);
  }

  function unused(entry: Numbered, cause: GapCause): void {
    gaps.add(entry.firstNumber, entry.firstNumber + entry.store.records.length - 1, cause);
  }

  function settle(entry: Numbered, result: StoreGroupResult): void {
    if (result.status === 'stored') {
      counters.appended += entry.store.records.length;
      entry.resolve({ status: 'stored', receipts: receiptsOf(entry, result.first) });
      return;
    }
    if (result.status === 'duplicate') {
      unused(entry, 'duplicate');
      entry.resolve(result);
      return;
    }
    const refusal = REFUSALS[result.status];
    unused(entry, refusal.cause);
    entry.reject(refusal.error());
  }

  function fail(batch: readonly Numbered[], cause: unknown): void {
    for (const entry of batch) {
      counters.failed += entry.store.records.length;
      unused(entry, 'append_failed');
      entry.reject(
        new EventsError('EVENTS_APPEND_FAILED', 'the store did not take the records', { cause }),
      );
    }
  }

  async function commit(batch: readonly Numbered[]): Promise<void> {
    inFlight += 1;
    try {
      const results = await store.append(batch.map((entry) => entry.store));
      counters.commits += 1;
      for (const [at, entry] of batch.entries()) {
        const result = results[at];
        if (result) settle(entry, result);
        else
          fail(
            [entry],
            new EventsError('EVENTS_STORE_INVALID', 'the store answered for too few groups'),
          );
      }
    } catch (cause) {
      fail(batch, cause);
    } finally {
      inFlight -= 1;
      for (const entry of batch) counters.queuedBytes -= entry.group.bytes;
      schedule();
    }
  }

  function flush(): void {
    scheduled = false;
    if (waiting.length > 0 && inFlight < maxInFlight) void commit(takeBatch());
    schedule();
  }

  function schedule(): void {
    if (waiting.length === 0 && inFlight === 0) {
      for (const resolve of idle) resolve();
      idle = [];
    }
    if (scheduled || waiting.length === 0 || inFlight >= maxInFlight) return;
    scheduled = true;
    soon(flush);
  }

  return {
    counters,
    submit(group) {
      if (counters.queuedBytes + group.bytes > maxQueueBytes) {
        const details = { queuedBytes: counters.queuedBytes, maxQueueBytes };
        return Promise.reject(
          new EventsError('EVENTS_QUEUE_FULL', 'too much evidence is waiting', { details }),
        );
      }
      counters.queuedBytes += group.bytes;
      return new Promise((resolve, reject) => {
        waiting.push({ group, resolve, reject });
        schedule();
      });
    },
    drained: () =>
      waiting.length === 0 && inFlight === 0
        ? Promise.resolve()
        : new Promise((resolve) => {
            idle.push(resolve);
          }),
  };
}

function receiptsOf(entry: Numbered, first: number): readonly Receipt[] {
  return entry.store.records.map((record, at) => {
    const sealed = entry.group.records[at] as (typeof entry.group.records)[number];
    return { id: sealed.id, type: sealed.type, index: first + at, leaf: toHex(record.leaf) };
  });
}
