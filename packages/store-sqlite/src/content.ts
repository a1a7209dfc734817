import type { StoredRecord } from '@spanforge/core-events/log';
import { blob, type Connection, type SqlRow } from './connection.js';
import { invalid } from './failure.js';

/** The columns {@link toContent} expects, in order. */
export const CONTENT_COLUMNS = 'first, ends, times, leaves, kids, macs, bytes';

/** One stored row, ready to give its records. */
export interface Content {
  readonly first: number;
  readonly count: number;
  timeAt(position: number): number;
  recordAt(position: number): StoredRecord;
}

type Mac = NonNullable<StoredRecord['mac']>;

function macReader(kidsText: unknown, macs: Uint8Array): (position: number) => Mac | undefined {
  if (typeof kidsText !== 'string') return () => undefined;
  const kids = JSON.parse(kidsText) as readonly string[];
  const view = new DataView(macs.buffer, macs.byteOffset, macs.byteLength);
  return (position) => {
    const kid = kids[view.getUint16(position * 34, true) - 1];
    if (kid === undefined) return undefined;
    return { kid, tag: new Uint8Array(macs.subarray(position * 34 + 2, position * 34 + 34)) };
  };
}

/** Reads a row; its records are copies, so that keeping one does not keep the row. */
export function toContent(row: SqlRow): Content {
  const [firstValue, endsValue, timesValue, leavesValue, kids, macs, bytesValue] = row;
  const first = Number(firstValue);
  const ends = blob(endsValue);
  const times = blob(timesValue);
  const leaves = blob(leavesValue);
  const bytes = blob(bytesValue);
  const count = ends.byteLength / 4;
  const endView = new DataView(ends.buffer, ends.byteOffset, ends.byteLength);
  const timeView = new DataView(times.buffer, times.byteOffset, times.byteLength);
  if (leaves.length !== count * 32 || times.length !== count * 8) throw invalid('row', { first });
  const macAt = macReader(kids, blob(macs));
  return {
    first,
    count,
    timeAt: (position) => timeView.getFloat64(position * 8, true),
    recordAt(position) {
      const start = position === 0 ? 0 : endView.getUint32((position - 1) * 4, true);
      const mac = macAt(position);
      return {
        index: first + position,
        bytes: new Uint8Array(bytes.subarray(start, endView.getUint32(position * 4, true))),
        leaf: new Uint8Array(leaves.subarray(position * 32, position * 32 + 32)),
        ...(mac ? { mac } : {}),
      };
    },
  };
}

/** Index of the first record of the row that holds `index`, or of the last row before it. */
export function rowBefore(connection: Connection, index: number): number | undefined {
  const sql = 'SELECT first FROM batch WHERE first <= ? ORDER BY first DESC LIMIT 1';
  const row = connection.statement(sql).row(index);
  return row && Number(row[0]);
}
