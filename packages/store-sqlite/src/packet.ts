import type { StoreGroup, StoreRecord } from '@spanforge/core-events/log';
import { invalid } from './failure.js';

/** Bytes of a mac: the number of its key, little-endian, and the tag. */
export const MAC_BYTES = 34;

/** Texts of a disclosure: name, digest, encoded. */
export const DISCLOSURE_TEXTS = 3;

/** What the writer has to decide about a group before it stores its records. */
export interface PacketGroup {
  /** How many records it has. */
  readonly count: number;
  readonly idempotency: StoreGroup['idempotency'];
  readonly claim: string | undefined;
}

/**
 * The groups of one append in the form that crosses to the writer: columns over all records, which
 * are views of one buffer that is transferred, and texts.
 */
export interface Packet {
  readonly groups: readonly PacketGroup[];
  /** End of each record in `bytes`. */
  readonly ends: Uint32Array;
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly times: Float64Array;
  readonly leaves: Uint8Array;
  readonly kids: readonly string[];
  /** For each record 1 + the position of its key id in `kids`, then the tag; zeros without a mac. */
  readonly macs: Uint8Array;
  readonly terms: readonly string[];
  /** Positions in `terms`, record after record; `termEnds` says where each record's end. */
  readonly termIds: Uint32Array;
  readonly termEnds: Uint32Array;
  /** Name, digest and text of each disclosure; `disclosureEnds` counts them, record after record. */
  readonly disclosures: readonly string[];
  readonly disclosureEnds: Uint32Array;
  /** Length of all their texts. */
  readonly disclosureLength: number;
}

/** Text that SQLite would change (lone surrogates) or cut (NUL) must not stand for something. */
function exactText(text: string): string {
  if (!text.isWellFormed() || text.includes('\0')) throw invalid('text');
  return text;
}

function checkRecord({ leaf, mac }: StoreRecord): void {
  if (leaf.length !== 32 || (mac && mac.tag.length !== 32)) throw invalid('digest_length');
}

function packGroup({ records, idempotency, claim }: StoreGroup): PacketGroup {
  if (records.length === 0) throw invalid('empty_group');
  exactText(claim ?? '');
  exactText(idempotency?.key ?? '');
  exactText(idempotency?.request ?? '');
  return { count: records.length, idempotency, claim };
}

/** Numbers distinct strings in the order they come. */
function createNumbering() {
  const ids = new Map<string, number>();
  return {
    of(text: string): number {
      const known = ids.get(text);
      if (known !== undefined) return known;
      ids.set(exactText(text), ids.size);
      return ids.size - 1;
    },
    all: (): readonly string[] => [...ids.keys()],
  };
}

/** Room for the columns in one buffer, widest numbers first so that each is aligned. */
function createColumns(records: readonly StoreRecord[]) {
  const count = records.length;
  let terms = 0;
  let bytes = 0;
  for (const record of records) {
    checkRecord(record);
    terms += record.terms.length;
    bytes += record.bytes.length;
  }
  const buffer = new ArrayBuffer(count * (8 + 4 + 4 + 4 + 32 + MAC_BYTES) + terms * 4 + bytes);
  let offset = 0;
  const take = (length: number): number => {
    offset += length;
    return offset - length;
  };
  return {
    times: new Float64Array(buffer, take(count * 8), count),
    ends: new Uint32Array(buffer, take(count * 4), count),
    termEnds: new Uint32Array(buffer, take(count * 4), count),
    disclosureEnds: new Uint32Array(buffer, take(count * 4), count),
    termIds: new Uint32Array(buffer, take(terms * 4), terms),
    leaves: new Uint8Array(buffer, take(count * 32), count * 32),
    macs: new Uint8Array(buffer, take(count * MAC_BYTES), count * MAC_BYTES),
    bytes: new Uint8Array(buffer, take(bytes), bytes),
  };
}

type Columns = ReturnType<typeof createColumns>;

function copyRecords(records: readonly StoreRecord[], { times, ends, bytes, leaves }: Columns) {
  let end = 0;
  records.forEach((record, at) => {
    times[at] = record.timeMs;
    leaves.set(record.leaf, at * 32);
    bytes.set(record.bytes, end);
    end += record.bytes.length;
    ends[at] = end;
  });
}

function numberTerms(records: readonly StoreRecord[], { termIds, termEnds }: Columns) {
  const numbering = createNumbering();
  let end = 0;
  records.forEach(({ terms }, at) => {
    for (const term of terms) {
      termIds[end] = numbering.of(term);
      end += 1;
    }
    termEnds[at] = end;
  });
  return { terms: numbering.all() };
}

function copyMacs(records: readonly StoreRecord[], { macs }: Columns) {
  const numbering = createNumbering();
  records.forEach(({ mac }, at) => {
    if (!mac) return;
    const offset = at * MAC_BYTES;
    const kid = numbering.of(mac.kid) + 1;
    macs[offset] = kid & 0xff;
    macs[offset + 1] = kid >> 8;
    macs.set(mac.tag, offset + 2);
  });
  return { kids: numbering.all() };
}

function listDisclosures(records: readonly StoreRecord[], { disclosureEnds }: Columns) {
  const disclosures: string[] = [];
  let disclosureLength = 0;
  records.forEach((record, at) => {
    for (const { name, digest, encoded } of record.disclosures) {
      disclosures.push(name, digest, encoded);
      disclosureLength += encoded.length;
    }
    disclosureEnds[at] = disclosures.length / DISCLOSURE_TEXTS;
  });
  return { disclosures, disclosureLength };
}

/**
 * Packs the groups of one append. Copies everything: the caller's buffers are free afterwards.
 *
 * @throws {EventsError} `EVENTS_STORE_INVALID` for a group without records, a digest that is not 32
 *   bytes long, or a term, key or claim with NUL or a lone surrogate in it.
 */
export function pack(groups: readonly StoreGroup[]): Packet {
  const packed = groups.map(packGroup);
  const records = groups.flatMap((group) => group.records);
  const columns = createColumns(records);
  copyRecords(records, columns);
  return {
    groups: packed,
    ...columns,
    ...copyMacs(records, columns),
    ...numberTerms(records, columns),
    ...listDisclosures(records, columns),
  };
}

/** The buffer of a packet, which is transferred instead of copied. */
export function transferable(packet: Packet): ArrayBuffer[] {
  return [packet.bytes.buffer];
}
