import type { EvidenceStore, StoredRecord, StoredRow, StoreRows } from './store.js';
import { HASH_BYTES } from './tiles.js';

/** Bytes of a record's entry in `macs`: the number of its key, and the HMAC. */
const MAC_BYTES = 34;

/** Where a record of a row begins in its bytes. */
export function startIn({ ends }: StoredRow, at: number): number {
  return at === 0 ? 0 : (ends[at - 1] ?? 0);
}

/** The name of the key of a record's HMAC; undefined when it has none. */
export function kidIn({ kids, macs }: StoredRow, at: number): string | undefined {
  const number = (macs[at * MAC_BYTES] ?? 0) + 256 * (macs[at * MAC_BYTES + 1] ?? 0);
  return kids[number - 1];
}

/** The HMAC of a record that has one. */
export function tagIn({ macs }: StoredRow, at: number): Uint8Array {
  return macs.subarray(at * MAC_BYTES + 2, (at + 1) * MAC_BYTES);
}

/** Whether a record of a row's `macs` has the HMAC that stands at the same place of a list; in constant time. */
export function isTagIn(macs: DataView, at: number, tags: DataView): boolean {
  const [from, place] = [at * MAC_BYTES + 2, at * HASH_BYTES];
  let difference = 0;
  for (let n = 0; n < HASH_BYTES; n += 4) {
    difference |= macs.getInt32(from + n) ^ tags.getInt32(place + n);
  }
  return difference === 0;
}

/** The leaf hash of a record. */
export function leafIn({ leaves }: StoredRow, at: number): Uint8Array {
  return leaves.subarray(at * HASH_BYTES, (at + 1) * HASH_BYTES);
}

/** A record of a row on its own; it shares the memory of the row. */
export function recordIn(row: StoredRow, at: number): StoredRecord {
  const kid = kidIn(row, at);
  const record = {
    index: row.first + at,
    bytes: row.bytes.subarray(startIn(row, at), row.ends[at]),
    leaf: leafIn(row, at),
  };
  return kid === undefined ? record : { ...record, mac: { kid, tag: tagIn(row, at) } };
}

function isWhole({ count, bytes, ends, leaves, kids, macs }: StoredRow): boolean {
  let before = 0;
  for (const end of ends) {
    if (end < before) return false;
    before = end;
  }
  const signed = kids.length > 0 ? count * MAC_BYTES : 0;
  const lengths = leaves.length === count * HASH_BYTES && macs.length === signed;
  return count > 0 && ends.length === count && before === bytes.length && lengths;
}

/**
 * Rows from `first` on that end at `end` or before, if the driver can show them; empty where records have to be
 * read one by one.
 */
export async function rowsFrom(
  store: EvidenceStore & Partial<StoreRows>,
  first: number,
  count: number,
  end: number,
): Promise<readonly StoredRow[]> {
  const whole: StoredRow[] = [];
  let next = first;
  for (const row of (await store.rows?.(first, count)) ?? []) {
    if (row.first !== next || row.first + row.count > end || !isWhole(row)) break;
    whole.push(row);
    next += row.count;
  }
  return whole;
}
