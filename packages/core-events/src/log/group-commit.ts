import { sha256, toHex } from '@spanforge/core-signing';
import { EventsError } from '../error.js';
import type { Receipt } from '../ports.js';
import type { Gap, GapCause, GapLedger } from './gaps.js';
import type { SealedGroup } from './prepare.js';
import { createQueue } from './queue.js';
import { findRecentRecords } from './recent-records.js';
import { stampNumber } from './record-encoder.js';
import type { RecordKeys } from './record-keys.js';
import type { EvidenceStore, StoreGroup, StoreGroupResult, StoreRecord } from './store.js';
import { soon } from './turn.js';

/** The result of one group: its receipts, or those of the earlier group with the same key. */
export interface GroupOutcome {
  readonly duplicate: boolean;
  readonly receipts: readonly Receipt[];
}

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
export interface GroupCommitParts {
  readonly store: EvidenceStore;
  readonly keys: RecordKeys;
  readonly gaps: GapLedger;
  /** Serialises the records that name gaps. */
  readonly sealGaps: (gaps: readonly Gap[]) => SealedGroup;
  /** Reads the receipts of records that are stored already. */
  readonly readReceipts: (first: number, count: number) => Promise<readonly Receipt[]>;
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

/** The error of a claim that was taken before. */
export function claimTaken(): EventsError {
  return new EventsError('EVENTS_CLAIM_TAKEN', 'the claim is already taken');
}

const REFUSALS: Readonly<
  Record<'conflict' | 'claimed', { cause: GapCause; error: () => EventsError }>
> = {
  conflict: {
    cause: 'idempotency_conflict',
    error: () =>
      new EventsError(
        'EVENTS_IDEMPOTENCY_CONFLICT',
        'the idempotency key was used before for another request',
      ),
  },
  claimed: { cause: 'claim_taken', error: claimTaken },
};

/** Creates the queue of one log; the only one that numbers its records. */
export function createGroupCommit(parts: GroupCommitParts): GroupCommit {
  const { store, keys, gaps, maxQueueBytes, maxBatchRecords, maxInFlight } = parts;
  const counters = { queuedBytes: 0, appended: 0, failed: 0, commits: 0 };
  const waiting = createQueue<Waiting>();
  let nextNumber = 0;
  let inFlight = 0;
  let scheduled = false;
  let idle: (() => void)[] = [];

  function storeRecord(sealed: SealedGroup['records'][number], n: number): StoreRecord {
    const prefixed = stampNumber(sealed.encoded, n);
    const leaf = sha256(prefixed);
    const mac = keys.sign(sealed.tenant, leaf);
    const { timeMs, terms, disclosures } = sealed;
    const bytes = prefixed.subarray(1);
    return mac
      ? { bytes, leaf, mac, timeMs, terms, disclosures }
      : { bytes, leaf, timeMs, terms, disclosures };
  }

  function numberGroup(entry: Waiting): Numbered {
    const firstNumber = nextNumber;
    const { group, resolve, reject } = entry;
    const records = group.records.map((sealed, at) => storeRecord(sealed, firstNumber + at));
    nextNumber += records.length;
    return { group, resolve, reject, firstNumber, store: { records, ...group.options } };
  }

  /** The records that name the gaps so far; if they fail, the gaps stay. */
  function takeGaps(): Waiting | undefined {
    const taken = gaps.take(maxBatchRecords);
    if (taken.length === 0) return undefined;
    const putBack = (): void => {
      for (const gap of taken) gaps.add(gap);
    };
    try {
      const group = parts.sealGaps(taken);
      counters.queuedBytes += group.bytes;
      return { group, resolve: () => undefined, reject: putBack };
    } catch {
      // For example an invalid clock; the callers' records must not fail because of it.
      putBack();
      return undefined;
    }
  }

  function takeBatch(): readonly Numbered[] {
    const batch: Numbered[] = [];
    let records = 0;
    for (let next = takeGaps() ?? waiting.shift(); next; next = waiting.shift()) {
      batch.push(numberGroup(next));
      records += next.group.records.length;
      const following = waiting.peek()?.group.records.length ?? 0;
      if (records + following > maxBatchRecords) break;
    }
    return batch;
  }

  function unused(entry: Numbered, cause: GapCause): void {
    const from = entry.firstNumber;
    gaps.add({ from, to: from + entry.store.records.length - 1, cause });
  }

  function fail(entry: Numbered, cause: unknown): void {
    counters.failed += entry.store.records.length;
    unused(entry, 'append_failed');
    entry.reject(
      new EventsError('EVENTS_APPEND_FAILED', 'the store did not take the records', { cause }),
    );
  }

  async function settle(entry: Numbered, result: StoreGroupResult): Promise<void> {
    if (result.status === 'stored') {
      counters.appended += entry.store.records.length;
      findRecentRecords(store)?.note(result.first, entry.store.records);
      entry.resolve({ duplicate: false, receipts: receiptsOf(entry, result.first) });
    } else if (result.status === 'duplicate') {
      unused(entry, 'duplicate');
      await parts.readReceipts(result.first, result.count).then(
        (receipts) => entry.resolve({ duplicate: true, receipts }),
        (error: unknown) => entry.reject(error),
      );
    } else {
      const { cause, error } = REFUSALS[result.status];
      unused(entry, cause);
      entry.reject(error());
    }
  }

  async function send(batch: readonly Numbered[]): Promise<readonly StoreGroupResult[]> {
    const results = await store.append(batch.map((entry) => entry.store));
    const known = results.every(({ status }) => status in REFUSALS || STATUSES.includes(status));
    if (known && results.length === batch.length) return results;
    throw new EventsError('EVENTS_STORE_INVALID', 'the store did not answer for every group');
  }

  async function commit(batch: readonly Numbered[]): Promise<void> {
    inFlight += 1;
    try {
      const results = await send(batch);
      counters.commits += 1;
      const late: Promise<void>[] = [];
      for (const [at, result] of results.entries()) {
        const entry = batch[at];
        if (entry) late.push(settle(entry, result));
      }
      await Promise.all(late);
    } catch (cause) {
      for (const entry of batch) fail(entry, cause);
    }
    for (const entry of batch) counters.queuedBytes -= entry.group.bytes;
    inFlight -= 1;
    schedule();
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

  function refusal({ bytes }: SealedGroup): EventsError | undefined {
    const { queuedBytes } = counters;
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

  const drained = (): Promise<void> =>
    waiting.length === 0 && inFlight === 0
      ? Promise.resolve()
      : new Promise((resolve) => {
          idle.push(resolve);
        });

  return {
    counters,
    submit(group) {
      const refused = refusal(group);
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
        if (batch.length === 0) return;
        await commit(batch);
      }
    },
  };
}

const STATUSES: readonly string[] = ['stored', 'duplicate'];

function receiptsOf(entry: Numbered, first: number): readonly Receipt[] {
  return entry.store.records.map((record, at) => {
    const sealed = entry.group.records[at] as (typeof entry.group.records)[number];
    return { id: sealed.id, type: sealed.type, index: first + at, leaf: toHex(record.leaf) };
  });
}
