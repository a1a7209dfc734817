import { sha256 } from '@spanforge/core-signing';
import type { Receipt } from '../ports.js';
import type { Gap, GapLedger } from './gaps.js';
import type { SealedGroup } from './prepare.js';
import type { Queue } from './queue.js';
import { stampNumber } from './record-encoder.js';
import type { RecordKeys } from './record-keys.js';
import type { StoreGroup, StoreRecord } from './store.js';

/** The result of one group: its receipts, or those of the earlier group with the same key. */
export interface GroupOutcome {
  readonly duplicate: boolean;
  readonly receipts: readonly Receipt[];
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
  readonly store: StoreGroup;
}

/** Options of the batches. */
export interface BatchParts {
  readonly keys: RecordKeys;
  readonly gaps: GapLedger;
  /** Serialises the records that name gaps. */
  readonly sealGaps: (gaps: readonly Gap[]) => SealedGroup;
  readonly maxBatchRecords: number;
}

/** Takes the next batch: records that name the gaps so far, then waiting groups, all numbered. */
export type TakeBatch = () => readonly NumberedGroup[];

function storeRecord(
  keys: RecordKeys,
  sealed: SealedGroup['records'][number],
  n: number,
): StoreRecord {
  const prefixed = stampNumber(sealed.encoded, n);
  const leaf = sha256(prefixed);
  const mac = keys.sign(sealed.tenant, leaf);
  const { timeMs, terms, disclosures } = sealed;
  const bytes = prefixed.subarray(1);
  return mac
    ? { bytes, leaf, mac, timeMs, terms, disclosures }
    : { bytes, leaf, timeMs, terms, disclosures };
}

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
  const { keys, maxBatchRecords } = parts;
  let nextNumber = 0;

  function numberGroup({ group, resolve, reject }: WaitingGroup): NumberedGroup {
    const firstNumber = nextNumber;
    const records = group.records.map((sealed, at) => storeRecord(keys, sealed, firstNumber + at));
    nextNumber += records.length;
    return { group, resolve, reject, firstNumber, store: { records, ...group.options } };
  }

  return () => {
    const batch: NumberedGroup[] = [];
    let records = 0;
    for (let next = takeGaps(parts, counters) ?? waiting.shift(); next; next = waiting.shift()) {
      batch.push(numberGroup(next));
      records += next.group.records.length;
      const following = waiting.peek()?.group.records.length ?? 0;
      if (records + following > maxBatchRecords) break;
    }
    return batch;
  };
}
