import type { Receipt } from '../ports.js';
import type { Gap, GapLedger } from './gaps.js';
import type { SealedGroup, SealedRecord } from './prepare.js';
import type { Queue } from './queue.js';
import { createBlockEncoder } from './record-block.js';
import type { RecordKeys, TenantKey } from './record-keys.js';
import type { StoreBlock } from './store.js';

/** The result of one group: where its records are, or those of the earlier group with the same key. */
export interface GroupOutcome {
  readonly duplicate: boolean;
  readonly ids: readonly string[];
  readonly types: readonly string[];
  /** Index of the first record. */
  readonly first: number;
  /** Made when they are asked for: most callers never read them. */
  receipts(): readonly Receipt[];
}

/** A queued group, and who waits for it. */
export interface WaitingGroup {
  readonly group: SealedGroup;
  readonly resolve: (outcome: GroupOutcome) => void;
  readonly reject: (error: unknown) => void;
}

/** A group whose records have their numbers. */
export interface NumberedGroup extends WaitingGroup {
  readonly firstNumber: number;
}

/** Groups that are stored together, and what their records are stored as. */
export interface Batch {
  readonly groups: readonly NumberedGroup[];
  readonly records: readonly SealedRecord[];
  /** The number of the first record; the others follow it. */
  readonly first: number;
}

/** The records of a batch as bytes, and the keys that sign them. */
export interface EncodedBatch {
  readonly block: StoreBlock;
  readonly keys: readonly TenantKey[];
}

/** Options of the batches. */
export interface BatchParts {
  readonly gaps: GapLedger;
  /** Serialises the records that name gaps. */
  readonly sealGaps: (gaps: readonly Gap[]) => SealedGroup;
  readonly maxBatchRecords: number;
}

/**
 * Takes the next batch: records that name the gaps so far, then waiting groups, all numbered. Undefined when there
 * is nothing to take.
 */
export type TakeBatch = () => Batch | undefined;

/** The records that name the gaps so far; if they fail, the gaps stay. */
function takeGaps(
  { gaps, sealGaps, maxBatchRecords }: BatchParts,
  counters: { queuedBytes: number },
): WaitingGroup | undefined {
  const taken = gaps.take(maxBatchRecords);
  if (taken.length === 0) return undefined;
  const putBack = (): void => {
    for (const gap of taken) gaps.add(gap);
  };
  try {
    const group = sealGaps(taken);
    counters.queuedBytes += group.bytes;
    return { group, resolve: () => undefined, reject: putBack };
  } catch {
    // For example an invalid clock; the callers' records must not fail because of it.
    putBack();
    return undefined;
  }
}

/** Numbers the records of one log, in the order of its queue. */
export function createBatches(
  parts: BatchParts,
  waiting: Queue<WaitingGroup>,
  counters: { queuedBytes: number },
): TakeBatch {
  const { maxBatchRecords } = parts;
  let nextNumber = 0;

  return () => {
    const groups: NumberedGroup[] = [];
    const records: SealedRecord[] = [];
    const first = nextNumber;
    for (let next = takeGaps(parts, counters) ?? waiting.shift(); next; next = waiting.shift()) {
      groups.push({ ...next, firstNumber: first + records.length });
      for (const record of next.group.records) records.push(record);
      const following = waiting.peek()?.group.records.length ?? 0;
      if (records.length + following > maxBatchRecords) break;
    }
    if (groups.length === 0) return undefined;
    nextNumber += records.length;
    return { groups, records, first };
  };
}

/** Says for each record which key signs it; a batch has few. */
function signersOf(records: readonly SealedRecord[], keys: RecordKeys) {
  const signedBy = new Uint32Array(records.length);
  const signers: TenantKey[] = [];
  const places = new Map<string, number>();
  let tenant = '';
  let place = 0;
  records.forEach((record, at) => {
    if (record.tenant !== tenant) {
      tenant = record.tenant;
      let known = places.get(tenant);
      if (known === undefined) {
        const signer = keys.signer(tenant);
        known = signer ? signers.push(signer) : 0;
        places.set(tenant, known);
      }
      place = known;
    }
    signedBy[at] = place;
  });
  return { signedBy, signers };
}

/** Encodes a batch: once, since that takes the texts. */
export type EncodeBatch = (batch: Batch) => EncodedBatch;

/** Creates what encodes the batches of one log. */
export function createBatchEncoder(keys: RecordKeys): EncodeBatch {
  const encode = createBlockEncoder();
  return ({ groups, records, first }) => {
    const { signedBy, signers } = signersOf(records, keys);
    const stored = groups.map(({ group }) => ({ records: group.records, ...group.options }));
    return { block: { ...encode(records, first), signedBy, groups: stored }, keys: signers };
  };
}
