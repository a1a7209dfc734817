import { hashBlock, toHex } from '@spanforge/core-signing';
import { EventsError } from '../error.js';
import type { Receipt } from '../ports.js';
import type { Batch, EncodeBatch, EncodedBatch, GroupOutcome, NumberedGroup } from './batches.js';
import type { GapCause, GapLedger } from './gaps.js';
import type { SealedGroup } from './prepare.js';
import { findRecentRecords } from './recent-records.js';
import type {
  EvidenceStore,
  StoreBlockResult,
  StoreBlocks,
  StoreGroup,
  StoreGroupResult,
  StoreRecord,
} from './store.js';
import { HASH_BYTES } from './tiles.js';

/** Tells those who wait what the store said of their groups. */
export interface GroupSettlement {
  /** Resolves or rejects the groups from one place to another, each by its result. */
  settle(batch: Batch, answer: StoreBlockResult, from: number, to: number): Promise<unknown>;
  /** Rejects every group of a batch that the store did not take. */
  fail(batch: Batch, cause: unknown): void;
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

/** The groups of a batch with the leaf and the HMAC of each record, for drivers that do not make them. */
function hashedGroups({ block, keys }: EncodedBatch): {
  readonly groups: readonly StoreGroup[];
  readonly leaves: Uint8Array;
} {
  const { bytes, ends, signedBy } = block;
  const { leaves, tags } = hashBlock(
    block,
    keys.map(({ key }) => key),
  );
  let at = 0;
  let start = 1;
  const groups = block.groups.map(({ records, ...joining }) => ({
    records: records.map(({ timeMs, terms, disclosures }): StoreRecord => {
      const end = ends[at] ?? 0;
      const kid = keys[(signedBy[at] ?? 0) - 1]?.key.kid;
      const leaf = leaves.subarray(at * HASH_BYTES, (at + 1) * HASH_BYTES);
      const tag = tags.subarray(at * HASH_BYTES, (at + 1) * HASH_BYTES);
      const record = { bytes: bytes.subarray(start, end), leaf, timeMs, terms, disclosures };
      start = end;
      at += 1;
      return kid === undefined ? record : { ...record, mac: { kid, tag } };
    }),
    ...joining,
  }));
  return { groups, leaves };
}

/** Has the driver hash and sign, if it can, or does it here. */
async function storeBatch(store: EvidenceStore, encoded: EncodedBatch): Promise<StoreBlockResult> {
  const { blocks } = store as EvidenceStore & Partial<StoreBlocks>;
  if (blocks && blocks.insteadOf === store.append) {
    const keys = encoded.keys.map(({ key, secret }) => ({ kid: key.kid, secret }));
    return blocks.append(encoded.block, keys);
  }
  const { groups, leaves } = hashedGroups(encoded);
  return { results: await store.append(groups), leaves };
}

/** Hands a batch to the store. @throws `EVENTS_STORE_INVALID`, and what the store throws. */
export async function appendBatch(
  store: EvidenceStore,
  encode: EncodeBatch,
  batch: Batch,
): Promise<StoreBlockResult> {
  const { results, leaves } = await storeBatch(store, encode(batch));
  const known = results.every(({ status }) => status in REFUSALS || STATUSES.includes(status));
  const whole = leaves instanceof Uint8Array && leaves.length === batch.records.length * HASH_BYTES;
  if (known && whole && results.length === batch.groups.length) return { results, leaves };
  throw new EventsError('EVENTS_STORE_INVALID', 'the store did not answer for every group');
}

/** Characters of a leaf hash in hexadecimal. */
const HEX_LENGTH = HASH_BYTES * 2;

/** Where the records of a group were stored. */
class StoredGroup implements GroupOutcome {
  readonly duplicate = false;
  readonly #group: SealedGroup;
  readonly #leaves: Uint8Array;
  #receipts: readonly Receipt[] | undefined;

  constructor(
    group: SealedGroup,
    readonly first: number,
    leaves: Uint8Array,
  ) {
    this.#group = group;
    this.#leaves = leaves;
  }

  get ids(): readonly string[] {
    return this.#group.records.map(({ id }) => id);
  }

  get types(): readonly string[] {
    return this.#group.records.map(({ type }) => type);
  }

  receipts(): readonly Receipt[] {
    if (this.#receipts) return this.#receipts;
    // Once for all of them: each would be a native call.
    const hex = toHex(this.#leaves);
    this.#receipts = this.#group.records.map(({ id, type }, at) => {
      const leaf = hex.slice(at * HEX_LENGTH, (at + 1) * HEX_LENGTH);
      return { id, type, index: this.first + at, leaf };
    });
    return this.#receipts;
  }
}

/** Where the records of an earlier group with the same key are. */
function duplicateOf(receipts: readonly Receipt[], first: number): GroupOutcome {
  const ids = receipts.map(({ id }) => id);
  const types = receipts.map(({ type }) => type);
  return { duplicate: true, ids, types, first, receipts: () => receipts };
}

/** Creates the settlement of one log: numbers that were assigned and not used become gaps. */
export function createSettlement(
  { store, gaps, readReceipts }: SettlementParts,
  counters: { appended: number; failed: number },
): GroupSettlement {
  function unused({ firstNumber: from, group }: NumberedGroup, cause: GapCause): void {
    gaps.add({ from, to: from + group.records.length - 1, cause });
  }

  /** Answers at once, except with the receipts of an earlier group, which have to be read. */
  function settleOne(
    entry: NumberedGroup,
    result: StoreGroupResult,
    leaves: Uint8Array,
  ): Promise<void> | undefined {
    if (result.status === 'stored') {
      counters.appended += entry.group.records.length;
      findRecentRecords(store)?.note(result.first, leaves, entry.group.records);
      entry.resolve(new StoredGroup(entry.group, result.first, leaves));
      return undefined;
    }
    if (result.status === 'duplicate') {
      unused(entry, 'duplicate');
      return readReceipts(result.first, result.count).then(
        (receipts) => entry.resolve(duplicateOf(receipts, result.first)),
        (error: unknown) => entry.reject(error),
      );
    }
    const { cause, error } = REFUSALS[result.status];
    unused(entry, cause);
    entry.reject(error());
    return undefined;
  }

  return {
    settle({ groups, first }, { results, leaves }, from, to) {
      const late: Promise<void>[] = [];
      for (const [at, entry] of groups.slice(from, to).entries()) {
        const start = (entry.firstNumber - first) * HASH_BYTES;
        const end = start + entry.group.records.length * HASH_BYTES;
        const result = results[from + at] as StoreGroupResult;
        const reading = settleOne(entry, result, leaves.subarray(start, end));
        if (reading) late.push(reading);
      }
      return Promise.all(late);
    },
    fail({ groups }, cause) {
      for (const entry of groups) {
        counters.failed += entry.group.records.length;
        unused(entry, 'append_failed');
        entry.reject(
          new EventsError('EVENTS_APPEND_FAILED', 'the store did not take the records', { cause }),
        );
      }
    },
  };
}
