import { fromBase64Url, fromUtf8, toHex } from '@spanforge/core-signing';
import type { RecordJoin } from '../evidence.js';
import { parseEnvelope } from '../records/envelope.js';
import type { StoredRecord, TakenClaim, TakenKey } from './store.js';

/** The claim and the key that a record's bytes name. */
export interface Taken {
  readonly claim?: TakenClaim;
  readonly key?: TakenKey;
}

const MARK = '"append":{';
const NOTHING: Taken = {};

/** The claim and the idempotency key that a record says its append took. */
export function takenBy({ index, bytes }: Pick<StoredRecord, 'index' | 'bytes'>): Taken {
  try {
    const text = fromUtf8(bytes);
    if (!text.includes(MARK)) return NOTHING;
    return takenIn(index, parseEnvelope(JSON.parse(text)).append);
  } catch {
    return NOTHING;
  }
}

/** The same for a decoded record. */
export function takenIn(index: number, append: RecordJoin | undefined): Taken {
  if (!append) return NOTHING;
  try {
    const { claim, key, request, records } = append;
    const whole = key !== undefined && request !== undefined && records !== undefined;
    return {
      ...(claim === undefined ? {} : { claim: { name: claim, first: index } }),
      ...(whole && {
        key: {
          key: toHex(fromBase64Url(key)),
          request: toHex(fromBase64Url(request)),
          first: index,
          count: records,
        },
      }),
    };
  } catch {
    return NOTHING;
  }
}

/** Whether two rows of a claim or a key are equal. */
export function sameTaken<Row extends TakenClaim | TakenKey>(one: Row, other: Row | undefined) {
  return other !== undefined && JSON.stringify(sorted(one)) === JSON.stringify(sorted(other));
}

const sorted = (row: object): readonly unknown[] =>
  Object.entries(row).sort(([a], [b]) => (a < b ? -1 : 1));
