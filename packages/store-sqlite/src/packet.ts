import type { StoreDisclosure, StoreGroup, StoreRecord } from '@spanforge/core-events/log';
import { invalid } from './failure.js';

/** What the writer has to decide about a group before it stores its records. */
export type PacketGroup = Omit<StoreGroup, 'records'> & { readonly count: number };

/** One disclosure of a packet; its text is `length` bytes of `disclosureBytes`. */
export interface PacketDisclosure {
  /** Which record of the packet it belongs to. */
  readonly record: number;
  readonly name: string;
  readonly digest: string;
  readonly length: number;
}

/**
 * The groups of one append in the form that crosses to the writer: columns over all records, with
 * the wide ones transferred instead of copied.
 */
export interface Packet {
  readonly groups: readonly PacketGroup[];
  /** End of each record in `bytes`. */
  readonly ends: Uint32Array;
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly times: Float64Array;
  readonly leaves: Uint8Array<ArrayBuffer>;
  readonly kids: readonly string[];
  /** For each record, 1 + the position of its key id in `kids`; 0 without a mac. */
  readonly kidOf: Uint16Array;
  /** 32 bytes for each record. */
  readonly tags: Uint8Array<ArrayBuffer>;
  readonly terms: readonly string[];
  /** Positions in `terms`, record after record; `termEnds` says where each record's end. */
  readonly termIds: Uint32Array;
  readonly termEnds: Uint32Array;
  readonly disclosures: readonly PacketDisclosure[];
  readonly disclosureBytes: Uint8Array<ArrayBuffer>;
}

const UNFIT = /[\0\p{Surrogate}]/u;

/** Text that SQLite would change (lone surrogates) or cut (NUL) must not stand for something. */
function exactText(text: string): string {
  if (UNFIT.test(text)) throw invalid('text');
  return text;
}

function checkGroup({ records, idempotency, claim = '' }: StoreGroup): void {
  if (records.length === 0) throw invalid('empty_group');
  exactText(claim);
  exactText(idempotency?.key ?? '');
  exactText(idempotency?.request ?? '');
  for (const { leaf, mac } of records) {
    if (leaf.length !== 32 || (mac && mac.tag.length !== 32)) throw invalid('digest_length');
  }
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

function join(parts: readonly Uint8Array[], ends?: Uint32Array): Uint8Array<ArrayBuffer> {
  let length = 0;
  for (const [at, part] of parts.entries()) {
    length += part.length;
    if (ends) ends[at] = length;
  }
  const joined = new Uint8Array(length);
  let offset = 0;
  for (const part of parts) {
    joined.set(part, offset);
    offset += part.length;
  }
  return joined;
}

function packTerms(
  records: readonly StoreRecord[],
): Pick<Packet, 'terms' | 'termIds' | 'termEnds'> {
  const numbering = createNumbering();
  const termIds: number[] = [];
  const termEnds = new Uint32Array(records.length);
  for (const [at, record] of records.entries()) {
    const start = termIds.length;
    for (const term of record.terms) {
      const id = numbering.of(term);
      if (!termIds.includes(id, start)) termIds.push(id);
    }
    termEnds[at] = termIds.length;
  }
  return { terms: numbering.all(), termIds: Uint32Array.from(termIds), termEnds };
}

function packMacs(records: readonly StoreRecord[]): Pick<Packet, 'kids' | 'kidOf' | 'tags'> {
  const numbering = createNumbering();
  const kidOf = new Uint16Array(records.length);
  const tags = new Uint8Array(records.length * 32);
  for (const [at, { mac }] of records.entries()) {
    if (!mac) continue;
    kidOf[at] = numbering.of(mac.kid) + 1;
    tags.set(mac.tag, at * 32);
  }
  return { kids: numbering.all(), kidOf, tags };
}

function packDisclosures(
  records: readonly StoreRecord[],
): Pick<Packet, 'disclosures' | 'disclosureBytes'> {
  const all: { readonly record: number; readonly disclosure: StoreDisclosure }[] = [];
  for (const [record, { disclosures }] of records.entries()) {
    for (const disclosure of disclosures) all.push({ record, disclosure });
  }
  const lengths = all.map(({ disclosure }) => Buffer.byteLength(disclosure.encoded));
  const disclosureBytes = new Uint8Array(lengths.reduce((sum, length) => sum + length, 0));
  const view = Buffer.from(disclosureBytes.buffer);
  let offset = 0;
  const disclosures = all.map(({ record, disclosure }, at): PacketDisclosure => {
    const { name, digest, encoded } = disclosure;
    const length = lengths[at] ?? 0;
    view.write(encoded, offset, length);
    offset += length;
    return { record, name, digest, length };
  });
  return { disclosures, disclosureBytes };
}

/**
 * Packs the groups of one append. Copies everything: the caller's buffers are free afterwards.
 *
 * @throws {EventsError} `EVENTS_STORE_INVALID` for a group without records, a digest that is not 32
 *   bytes long, or a term, key or claim with NUL or a lone surrogate in it.
 */
export function pack(groups: readonly StoreGroup[]): Packet {
  for (const group of groups) checkGroup(group);
  const records = groups.flatMap((group) => group.records);
  const ends = new Uint32Array(records.length);
  return {
    groups: groups.map(({ records: own, ...rest }) => ({ ...rest, count: own.length })),
    ends,
    bytes: join(
      records.map((record) => record.bytes),
      ends,
    ),
    times: Float64Array.from(records, (record) => record.timeMs),
    leaves: join(records.map((record) => record.leaf)),
    ...packMacs(records),
    ...packTerms(records),
    ...packDisclosures(records),
  };
}

/** The buffers of a packet worth transferring. */
export function transferable(packet: Packet): ArrayBuffer[] {
  return [packet.bytes.buffer, packet.leaves.buffer, packet.disclosureBytes.buffer];
}
