import type {
  StoreBlock,
  StoreBlockGroup,
  StoreBlockKey,
  StoreBlockRecord,
  StoreGroup,
  StoreRecord,
} from '@spanforge/core-events/log';
import { invalid } from './failure.js';

/** Bytes of a mac: the number of its key, little-endian, and the tag. */
export const MAC_BYTES = 34;

/** A row is read as a whole, so one record of it must not cost too much; no record is longer. */
export const MAX_ROW_BYTES = 512 * 1024;

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
 * The groups of one append in the form that crosses to the writer: columns over all records, whose
 * buffers are transferred, and texts.
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

/** A packet whose leaves and macs the writer makes, of the records' bytes and the keys. */
export interface UnhashedPacket extends Omit<Packet, 'leaves' | 'kids' | 'macs'> {
  /** A byte that belongs to no record, then the records; `ends` counts from that byte on. */
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly signedBy: Uint32Array<ArrayBuffer>;
  readonly keys: readonly StoreBlockKey[];
}

/** Text that SQLite would change (lone surrogates) or cut (NUL) must not stand for something. */
function exactText(text: string): string {
  if (!text.isWellFormed() || text.includes('\0')) throw invalid('text');
  return text;
}

function checkRecord({ bytes, leaf, mac }: StoreRecord): void {
  if (bytes.length > MAX_ROW_BYTES) throw invalid('record_length');
  if (leaf.length !== 32 || (mac && mac.tag.length !== 32)) throw invalid('digest_length');
}

function packGroup({ records, idempotency, claim }: StoreBlockGroup): PacketGroup {
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

/** What both kinds of packets have besides the records' bytes, in one buffer; the widest numbers come first. */
function packRecords(records: readonly StoreBlockRecord[]) {
  const count = records.length;
  let terms = 0;
  for (const record of records) terms += record.terms.length;
  const buffer = new ArrayBuffer(count * (8 + 4 + 4) + terms * 4);
  const times = new Float64Array(buffer, 0, count);
  const termEnds = new Uint32Array(buffer, count * 8, count);
  const disclosureEnds = new Uint32Array(buffer, count * 12, count);
  const termIds = new Uint32Array(buffer, count * 16, terms);
  const numbering = createNumbering();
  let termEnd = 0;
  records.forEach((record, at) => {
    times[at] = record.timeMs;
    for (const term of record.terms) {
      termIds[termEnd] = numbering.of(term);
      termEnd += 1;
    }
    termEnds[at] = termEnd;
  });
  return {
    times,
    termIds,
    termEnds,
    disclosureEnds,
    terms: numbering.all(),
    ...listDisclosures(records, disclosureEnds),
  };
}

function copyBytes(records: readonly StoreRecord[]) {
  const count = records.length;
  const ends = new Uint32Array(count);
  const leaves = new Uint8Array(count * 32);
  let end = 0;
  for (const record of records) {
    checkRecord(record);
    end += record.bytes.length;
  }
  const bytes = new Uint8Array(end);
  end = 0;
  records.forEach((record, at) => {
    leaves.set(record.leaf, at * 32);
    bytes.set(record.bytes, end);
    end += record.bytes.length;
    ends[at] = end;
  });
  return { ends, leaves, bytes };
}

function copyMacs(records: readonly StoreRecord[]) {
  const macs = new Uint8Array(records.length * MAC_BYTES);
  const numbering = createNumbering();
  records.forEach(({ mac }, at) => {
    if (mac) writeMac(macs, at, numbering.of(mac.kid), mac.tag);
  });
  return { macs, kids: numbering.all() };
}

/** Writes the mac of a record. @param kid The position of its key id. */
export function writeMac(macs: Uint8Array, at: number, kid: number, tag: Uint8Array): void {
  const offset = at * MAC_BYTES;
  macs[offset] = (kid + 1) & 0xff;
  macs[offset + 1] = (kid + 1) >> 8;
  macs.set(tag, offset + 2);
}

function listDisclosures(records: readonly StoreBlockRecord[], disclosureEnds: Uint32Array) {
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
  return { groups: packed, ...copyBytes(records), ...copyMacs(records), ...packRecords(records) };
}

/**
 * Packs a block; its buffers go along.
 *
 * @throws {EventsError} `EVENTS_STORE_INVALID` as {@link pack}, and when the columns do not fit together.
 */
export function packBlock(block: StoreBlock, keys: readonly StoreBlockKey[]): UnhashedPacket {
  const { bytes, ends, signedBy } = block;
  const groups = block.groups.map(packGroup);
  const records = block.groups.flatMap((group) => group.records);
  if (ends.length !== records.length || signedBy.length !== records.length) throw invalid('block');
  if (ends.at(-1) !== bytes.length) throw invalid('block');
  return { groups, bytes, ends, signedBy, keys, ...packRecords(records) };
}

/** The buffers of a packet, which are transferred instead of copied. */
export function transferable(packet: Packet | UnhashedPacket): ArrayBuffer[] {
  const { bytes, ends, times } = packet;
  const own = 'keys' in packet ? [packet.signedBy] : [packet.leaves, packet.macs];
  return [bytes, ends, times, ...own].map(({ buffer }) => buffer as ArrayBuffer);
}
