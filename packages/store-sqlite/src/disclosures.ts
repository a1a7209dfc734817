import { isAscii } from 'node:buffer';
import type { StoreDisclosure } from '@spanforge/core-events/log';
import { bounded } from './bounded.js';
import { blob, type Connection } from './connection.js';
import {
  MAX_INLINE_BYTES,
  readDisclosureFile,
  requireFileName,
  writeDisclosureFile,
} from './disclosure-files.js';
import { invalid } from './failure.js';
import { DISCLOSURE_TEXTS, type Packet } from './packet.js';
import { type RecordRange, startOf } from './row.js';

/** Position of the record in its row, name, digest, and where the text is: bytes here or a file. */
type Entry = readonly [position: number, name: string, digest: string, where: number | string];

/** The disclosures of one row, as its table keeps them. */
export interface DisclosurePack {
  readonly entries: string;
  readonly bytes: Uint8Array;
}

/** Packs the disclosures of the records of one row; large ones are written to files first. */
export function packOf(
  packet: Packet,
  range: RecordRange,
  path: string,
): DisclosurePack | undefined {
  const entries: Entry[] = [];
  const parts: Uint8Array[] = [];
  let next = startOf(packet.disclosureEnds, range.from) * DISCLOSURE_TEXTS;
  for (let record = range.from; record < range.to; record++) {
    const end = (packet.disclosureEnds[record] ?? 0) * DISCLOSURE_TEXTS;
    for (; next < end; next += DISCLOSURE_TEXTS) {
      const [name = '', digest = '', encoded = ''] = packet.disclosures.slice(
        next,
        next + DISCLOSURE_TEXTS,
      );
      const text = Buffer.from(encoded);
      const large = text.length > MAX_INLINE_BYTES;
      if (!large) parts.push(text);
      const where = large ? writeDisclosureFile(path, text) : text.length;
      entries.push([record - range.from, name, digest, where]);
    }
  }
  if (entries.length === 0) return undefined;
  return { entries: JSON.stringify(entries), bytes: Buffer.concat(parts) };
}

/** The same, as it was read. */
export interface StoredPack {
  readonly entries: readonly Entry[];
  readonly bytes: Uint8Array;
}

const lengthOf = ([, , , where]: Entry): number => (typeof where === 'number' ? where : 0);

/** What a row says of its disclosures may be no list of them, whatever wrote it. */
function entriesIn(text: string): readonly Entry[] | undefined {
  try {
    const found: unknown = JSON.parse(text);
    return Array.isArray(found) && found.every(isEntry) ? found : undefined;
  } catch {
    return undefined;
  }
}

/**
 * The disclosures of the row that begins at `first`; undefined where it has none. Bytes are read only where there are
 * as many as the entries say.
 *
 * @throws {Fault} `EVENTS_STORE_INVALID`, naming the row, when it was changed so that it cannot be read.
 */
export function readPack(connection: Connection, first: number): StoredPack | undefined {
  const row = connection
    .statement(
      `SELECT ${bounded('entries', "''")}, octet_length(bytes) FROM disclosure WHERE first = ?`,
    )
    .row(first);
  if (!row) return undefined;
  const entries = entriesIn(String(row[0]));
  const length = entries?.reduce((sum, entry) => sum + lengthOf(entry), 0);
  if (!entries || length !== Number(row[1])) throw invalid('disclosures', { first });
  const statement = connection.statement('SELECT bytes FROM disclosure WHERE first = ?');
  return { entries, bytes: blob(statement.row(first)?.[0]) };
}

const isEntry = (entry: unknown): entry is Entry =>
  Array.isArray(entry) &&
  Number.isSafeInteger(entry[0]) &&
  typeof entry[1] === 'string' &&
  typeof entry[2] === 'string' &&
  (typeof entry[3] === 'string' ||
    (Number.isSafeInteger(entry[3]) && entry[3] >= 0 && entry[3] <= MAX_INLINE_BYTES));

/** What a row keeps when the disclosures at some positions go, and the files that held some of them. */
export function without(
  { entries, bytes }: StoredPack,
  positions: ReadonlySet<number>,
): {
  readonly kept: DisclosurePack | undefined;
  readonly count: number;
  readonly files: readonly string[];
} {
  const parts: Uint8Array[] = [];
  const files: string[] = [];
  let offset = 0;
  for (const entry of entries) {
    const [at, , , where] = entry;
    const end = offset + lengthOf(entry);
    if (!positions.has(at)) parts.push(bytes.subarray(offset, end));
    else if (typeof where === 'string') {
      requireFileName(where);
      files.push(where);
    }
    offset = end;
  }
  const left = entries.filter(([at]) => !positions.has(at));
  const count = entries.length - left.length;
  if (left.length === 0) return { kept: undefined, count, files };
  const kept = { entries: JSON.stringify(left), bytes: Buffer.concat(parts) };
  return { kept, count, files };
}

/**
 * The disclosures of the records at some positions of a row, which ascend and whose first record is `first`; erased ones
 * are left out.
 */
export function unpack(
  pack: StoredPack,
  positions: readonly number[],
  path: string,
  first: number,
): readonly (readonly StoreDisclosure[])[] {
  const bytes = Buffer.from(pack.bytes.buffer, pack.bytes.byteOffset, pack.bytes.byteLength);
  // What was written is ASCII, which is taken out several times as fast.
  const encoding = isAscii(bytes) ? 'latin1' : 'utf8';
  const [lowest = 0] = positions;
  // One list for all records without disclosures, which most are.
  const none: StoreDisclosure[] = [];
  /** By position; undefined for those that were not asked for. */
  const found: (StoreDisclosure[] | undefined)[] = [];
  for (const position of positions) found[position - lowest] = none;
  let offset = 0;
  for (const entry of pack.entries) {
    const [at, name, digest, where] = entry;
    const start = offset;
    offset += lengthOf(entry);
    const list = found[at - lowest];
    if (!list) continue;
    let encoded: string | undefined;
    if (typeof where === 'number') encoded = bytes.toString(encoding, start, offset);
    else {
      const text = readDisclosureFile(path, where, { index: first + at, value: name });
      encoded = text && Buffer.from(text).toString('utf8');
    }
    if (encoded === undefined) continue;
    if (list === none) found[at - lowest] = [{ name, digest, encoded }];
    else list.push({ name, digest, encoded });
  }
  return positions.map((position) => found[position - lowest] ?? none);
}
