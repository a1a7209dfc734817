import { MAC_BYTES, MAX_ROW_BYTES, type Packet } from './packet.js';

/** Contiguous records of a packet that become one stored row: `[from, to)`. */
export interface RecordRange {
  readonly from: number;
  readonly to: number;
}

/** Records in a row are found by a 16-bit position. */
export const MAX_ROW_RECORDS = 4096;

/** Where what belongs to a record begins, in a column that says where it ends. */
export function startOf(ends: Uint32Array, record: number): number {
  return record === 0 ? 0 : (ends[record - 1] ?? 0);
}

/** Cuts a range of records into rows of bounded size; a single record may be larger. */
export function cutRows(packet: Packet, range: RecordRange): readonly RecordRange[] {
  const rows: RecordRange[] = [];
  let from = range.from;
  for (let at = range.from; at < range.to; at++) {
    const bytes = (packet.ends[at] ?? 0) - startOf(packet.ends, from);
    if (at > from && (bytes > MAX_ROW_BYTES || at - from >= MAX_ROW_RECORDS)) {
      rows.push({ from, to: at });
      from = at;
    }
  }
  rows.push({ from, to: range.to });
  return rows;
}

/** The columns of one stored row. Multi-byte numbers are little-endian. */
export interface Row {
  readonly count: number;
  readonly minTime: number;
  readonly maxTime: number;
  readonly ends: Uint8Array;
  readonly times: Uint8Array;
  readonly leaves: Uint8Array;
  readonly kids: string | null;
  readonly macs: Uint8Array | null;
  readonly bytes: Uint8Array;
}

/** Makes the columns of one row. */
export function rowOf(packet: Packet, range: RecordRange): Row {
  const { from, to } = range;
  const unsigned = packet.kids.length === 0;
  const start = startOf(packet.ends, from);
  const ends = Buffer.allocUnsafe((to - from) * 4);
  const times = Buffer.allocUnsafe((to - from) * 8);
  let minTime = Number.POSITIVE_INFINITY;
  let maxTime = Number.NEGATIVE_INFINITY;
  for (let at = from; at < to; at++) {
    const time = packet.times[at] ?? 0;
    ends.writeUInt32LE((packet.ends[at] ?? 0) - start, (at - from) * 4);
    times.writeDoubleLE(time, (at - from) * 8);
    minTime = Math.min(minTime, time);
    maxTime = Math.max(maxTime, time);
  }
  return {
    count: to - from,
    minTime,
    maxTime,
    ends,
    times,
    leaves: packet.leaves.subarray(from * 32, to * 32),
    kids: unsigned ? null : JSON.stringify(packet.kids),
    macs: unsigned ? null : packet.macs.subarray(from * MAC_BYTES, to * MAC_BYTES),
    bytes: packet.bytes.subarray(start, startOf(packet.ends, to)),
  };
}

/** For each term of the row, the positions of the records that carry it, ascending, 16 bits each. */
export function postingsOf(packet: Packet, { from, to }: RecordRange): Map<string, Uint8Array> {
  const positions = new Map<number, number[]>();
  for (let at = from; at < to; at++) {
    const position = at - from;
    for (const term of packet.termIds.subarray(startOf(packet.termEnds, at), packet.termEnds[at])) {
      const list = positions.get(term);
      if (!list) positions.set(term, [position]);
      else if (list.at(-1) !== position) list.push(position);
    }
  }
  const postings = new Map<string, Uint8Array>();
  for (const [term, list] of positions) postings.set(packet.terms[term] ?? '', encodeMembers(list));
  return postings;
}

/** Positions as 16-bit numbers. */
export function encodeMembers(positions: readonly number[]): Uint8Array {
  const members = Buffer.allocUnsafe(positions.length * 2);
  for (const [at, position] of positions.entries()) members.writeUInt16LE(position, at * 2);
  return members;
}

/** The numbers of a column. */
export function viewOf({ buffer, byteOffset, byteLength }: Uint8Array): DataView {
  return new DataView(buffer, byteOffset, byteLength);
}

/**
 * The inverse of {@link encodeMembers}. Positions ascend: what follows one that does not is no index entry, and
 * is not read, so that an entry that somebody made huge costs nothing. `fsck` names it.
 */
export function decodeMembers(members: Uint8Array): readonly number[] {
  const view = viewOf(members);
  const positions: number[] = [];
  for (let at = 0; at + 1 < members.byteLength; at += 2) {
    const position = view.getUint16(at, true);
    if (position <= (positions.at(-1) ?? -1)) break;
    positions.push(position);
  }
  return positions;
}
