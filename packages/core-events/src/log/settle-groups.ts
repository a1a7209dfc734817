import { toHex } from '@spanforge/core-signing';
import { EventsError } from '../error.js';
import type { Receipt } from '../ports.js';
import type { NumberedGroup } from './batches.js';
import type { GapCause, GapLedger } from './gaps.js';
import { findRecentRecords } from './recent-records.js';
import type { EvidenceStore, StoreGroupResult } from './store.js';

/** Tells those who wait what the store said of their groups. */
export interface GroupSettlement {
  /** Resolves or rejects each group by its result. */
  settle(batch: readonly NumberedGroup[], results: readonly StoreGroupResult[]): Promise<unknown>;
  /** Rejects every group of a batch that the store did not take. */
  fail(batch: readonly NumberedGroup[], cause: unknown): void;
}

/** Options of a settlement. */
export interface SettlementParts {
  readonly store: EvidenceStore;
  readonly gaps: GapLedger;
  /** Reads the receipts of records that are stored already. */
  readonly readReceipts: (first: number, count: number) => Promise<readonly Receipt[]>;
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

const STATUSES: readonly string[] = ['stored', 'duplicate'];

/** Hands a batch to the store. @throws `EVENTS_STORE_INVALID`, and what the store throws. */
export async function appendBatch(
  store: EvidenceStore,
  batch: readonly NumberedGroup[],
): Promise<readonly StoreGroupResult[]> {
  const results = await store.append(batch.map((entry) => entry.store));
  const known = results.every(({ status }) => status in REFUSALS || STATUSES.includes(status));
  if (known && results.length === batch.length) return results;
  throw new EventsError('EVENTS_STORE_INVALID', 'the store did not answer for every group');
}

function receiptsOf(entry: NumberedGroup, first: number): readonly Receipt[] {
  return entry.store.records.map((record, at) => {
    const sealed = entry.group.records[at] as (typeof entry.group.records)[number];
    return { id: sealed.id, type: sealed.type, index: first + at, leaf: toHex(record.leaf) };
  });
}

/** Creates the settlement of one log: numbers that were assigned and not used become gaps. */
export function createSettlement(
  { store, gaps, readReceipts }: SettlementParts,
  counters: { appended: number; failed: number },
): GroupSettlement {
  function unused(entry: NumberedGroup, cause: GapCause): void {
    const from = entry.firstNumber;
    gaps.add({ from, to: from + entry.store.records.length - 1, cause });
  }

  /** Answers at once, except with the receipts of an earlier group, which have to be read. */
  function settleOne(entry: NumberedGroup, result: StoreGroupResult): Promise<void> | undefined {
    if (result.status === 'stored') {
      counters.appended += entry.store.records.length;
      findRecentRecords(store)?.note(result.first, entry.store.records);
      entry.resolve({ duplicate: false, receipts: receiptsOf(entry, result.first) });
      return undefined;
    }
    if (result.status === 'duplicate') {
      unused(entry, 'duplicate');
      return readReceipts(result.first, result.count).then(
        (receipts) => entry.resolve({ duplicate: true, receipts }),
        (error: unknown) => entry.reject(error),
      );
    }
    const { cause, error } = REFUSALS[result.status];
    unused(entry, cause);
    entry.reject(error());
    return undefined;
  }

  return {
    settle(batch, results) {
      const late: Promise<void>[] = [];
      batch.forEach((entry, at) => {
        const reading = settleOne(entry, results[at] as StoreGroupResult);
        if (reading) late.push(reading);
      });
      return Promise.all(late);
    },
    fail(batch, cause) {
      for (const entry of batch) {
        counters.failed += entry.store.records.length;
        unused(entry, 'append_failed');
        entry.reject(
          new EventsError('EVENTS_APPEND_FAILED', 'the store did not take the records', { cause }),
        );
      }
    },
  };
}
