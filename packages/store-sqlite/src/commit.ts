import type { StoreGroupResult } from '@spanforge/core-events/log';
import type { Connection } from './connection.js';
import { packOf } from './disclosures.js';
import type { Packet, PacketGroup } from './packet.js';
import { cutRows, postingsOf, type RecordRange, rowOf } from './row.js';
import { segmentOf } from './schema.js';

/** The number of records in the log; exact inside a write transaction. */
export function sizeOf(connection: Connection): number {
  const tail = 'SELECT first + count FROM batch ORDER BY first DESC LIMIT 1';
  return Number(connection.statement(tail).row()?.[0] ?? 0);
}

function decide(connection: Connection, group: PacketGroup, next: number): StoreGroupResult {
  if (group.idempotency) {
    const { key, request } = group.idempotency;
    const known = connection
      .statement('SELECT request, first, count FROM idempotency WHERE key = ?')
      .row(key);
    if (known && known[0] !== request) return { status: 'conflict' };
    if (known) return { status: 'duplicate', first: Number(known[1]), count: Number(known[2]) };
  }
  if (group.claim === undefined) return { status: 'stored', first: next };
  const taken = connection.statement('SELECT first FROM claim WHERE name = ?').row(group.claim);
  return taken ? { status: 'claimed', by: Number(taken[0]) } : { status: 'stored', first: next };
}

function take(connection: Connection, group: PacketGroup, first: number): void {
  if (group.idempotency) {
    connection
      .statement('INSERT INTO idempotency VALUES (?, ?, ?, ?)')
      .run(group.idempotency.key, group.idempotency.request, first, group.count);
  }
  if (group.claim !== undefined) {
    connection.statement('INSERT INTO claim VALUES (?, ?)').run(group.claim, first);
  }
}

function insertRow(
  connection: Connection,
  packet: Packet,
  range: RecordRange,
  first: number,
  path: string,
): void {
  const row = rowOf(packet, range);
  connection
    .statement('INSERT INTO batch VALUES (?, ?, ?, ?)')
    .run(first, row.count, row.minTime, row.maxTime);
  connection
    .statement('INSERT INTO content VALUES (?, ?, ?, ?, ?, ?, ?)')
    .run(first, row.ends, row.times, row.leaves, row.kids, row.macs, row.bytes);
  const segment = segmentOf(first);
  connection.statement('INSERT OR IGNORE INTO segment VALUES (?)').run(segment);
  const post = connection.statement('INSERT INTO posting VALUES (?, ?, ?, ?)');
  for (const [term, members] of postingsOf(packet, range)) post.run(segment, term, first, members);
  const pack = packOf(packet, range, path);
  if (pack) {
    connection
      .statement('INSERT INTO disclosure VALUES (?, ?, ?)')
      .run(first, pack.entries, pack.bytes);
  }
}

/** Contiguous records of the groups that are stored. */
function keptRanges(
  groups: readonly PacketGroup[],
  results: readonly StoreGroupResult[],
): readonly RecordRange[] {
  const ranges: { from: number; to: number }[] = [];
  let at = 0;
  for (const [index, { count }] of groups.entries()) {
    const last = ranges.at(-1);
    if (results[index]?.status === 'stored') {
      if (last?.to === at) last.to = at + count;
      else ranges.push({ from: at, to: at + count });
    }
    at += count;
  }
  return ranges;
}

/**
 * Writes one append inside an open write transaction: indexes are given here, after the lock, so
 * that no other process can give the same ones.
 */
export function storePacket(
  connection: Connection,
  packet: Packet,
  path: string,
): readonly StoreGroupResult[] {
  const size = sizeOf(connection);
  let next = size;
  const results = packet.groups.map((group) => {
    const result = decide(connection, group, next);
    if (result.status === 'stored') {
      take(connection, group, next);
      next += group.count;
    }
    return result;
  });
  let first = size;
  for (const kept of keptRanges(packet.groups, results)) {
    for (const range of cutRows(packet, kept)) {
      insertRow(connection, packet, range, first, path);
      first += range.to - range.from;
    }
  }
  return results;
}
