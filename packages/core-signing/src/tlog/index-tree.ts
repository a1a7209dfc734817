import { sha256 } from '../digest.js';
import { assertHash, leafHash } from './hash.js';
import { createScratch } from './scratch.js';
import { assertSize } from './size.js';
import type { LeafPosition } from './tile-root.js';

/** The number of records in an index segment. */
export const INDEX_SEGMENT = 8192;

/** The number of trees of one level that are merged into one of the next. */
export const INDEX_FAN_OUT = 4;

/** The records `first` to `end` (not included) that one index tree covers. */
export interface IndexRange {
  readonly first: number;
  readonly end: number;
}

/** One tree of a signed index head: the number of its entries, and the RFC 6962 root over them. */
export interface IndexTreeHead extends IndexRange {
  readonly entries: number;
  readonly root: Uint8Array;
}

/** The records of one term in one segment. */
export interface IndexSegment {
  readonly segment: number;
  /** Computed by {@link indexSegmentDigest}. */
  readonly digest: Uint8Array;
}

/** A leaf of an index tree: a term, and a digest over all its records in the range. */
export interface IndexEntry {
  readonly term: Uint8Array;
  readonly digest: Uint8Array;
}

const HASH = 32;
/** Words of four bytes in a hash. */
const WORDS = 8;
/** Bytes of a number and a hash. */
const PAIR = 8 + HASH;

const encoder = /* @__PURE__ */ new TextEncoder();
const scratch = /* @__PURE__ */ createScratch();

/** The name of a term, such as `trace:4bf9`, in the index: SHA-256 of its UTF-8 bytes. */
export function indexTermHash(term: string): Uint8Array {
  return sha256(term.isWellFormed() ? term : encoder.encode(term));
}

/**
 * Writes byte by byte: a `DataView` of so small an array would first move its memory out of the
 * heap.
 */
function writeNumber(bytes: Uint8Array, offset: number, value: number): void {
  const [high, low] = [Math.floor(value / 2 ** 32), value % 2 ** 32];
  for (let at = 0, shift = 24; at < 4; at += 1, shift -= 8) {
    bytes[offset + at] = high >>> shift;
    bytes[offset + 4 + at] = low >>> shift;
  }
}

/** SHA-256 over a prefix and, for each item, an 8-byte number and 32 bytes. */
function digestPairs<Item>(
  prefix: number,
  items: readonly Item[],
  numberOf: (item: Item) => number,
  hashOf: (item: Item) => Uint8Array,
): Uint8Array {
  const bytes = scratch(1 + items.length * 40);
  bytes[0] = prefix;
  let offset = 1;
  for (const item of items) {
    const [number, hash] = [numberOf(item), hashOf(item)];
    assertSize('index', number);
    assertHash(hash);
    writeNumber(bytes, offset, number);
    bytes.set(hash, offset + 8);
    offset += 40;
  }
  return sha256(bytes);
}

/**
 * The digest of all records of one term in one segment, by ascending index:
 * SHA-256(0x02 || for each record: uint64 index || leaf hash).
 *
 * @throws {SigningError} `SIGNING_PROOF_INVALID` for an index or a hash that cannot be one.
 */
export function indexSegmentDigest(records: readonly LeafPosition[]): Uint8Array {
  return digestPairs(
    2,
    records,
    ({ index }) => index,
    ({ leaf }) => leaf,
  );
}

/** Leaf hashes of records that follow one another from `first` on, 32 bytes each. */
export interface LeafRun {
  readonly first: number;
  readonly leaves: Uint8Array;
}

/** Memory of the longest message so far: one byte that is a prefix, at an address that numbers may follow. */
let pairs = /* @__PURE__ */ createPairs(0);

function pairsMemory(count: number): typeof pairs {
  const length = PAIR * (count + 1);
  if (pairs.bytes.length < length) {
    pairs = createPairs(length);
  }
  return pairs;
}

function createPairs(length: number) {
  const buffer = new ArrayBuffer(length);
  return { bytes: new Uint8Array(buffer), words: new Int32Array(buffer) };
}

/**
 * {@link indexSegmentDigest} of some records of a run, given by their places in it, ascending.
 *
 * @throws {SigningError} `SIGNING_PROOF_INVALID` for a place that is not in the run.
 */
export function indexRunDigest({ first, leaves }: LeafRun, places: readonly number[]): Uint8Array {
  assertSize('index', first + leaves.length / HASH);
  // Hashes are copied four bytes at a time, which takes an address that is a multiple of four.
  const { buffer, byteOffset, length } = leaves.byteOffset % 4 === 0 ? leaves : leaves.slice();
  const hashes = new Int32Array(buffer, byteOffset, length >> 2);
  const { bytes, words } = pairsMemory(places.length);
  bytes[PAIR - 1] = 2;
  let offset = PAIR;
  for (const place of places) {
    assertSize('place', place, hashes.length / WORDS - 1);
    const from = place * WORDS;
    writeNumber(bytes, offset, first + place);
    const to = (offset >> 2) + 2;
    for (let word = 0; word < WORDS; word += 1) words[to + word] = hashes[from + word] ?? 0;
    offset += PAIR;
  }
  return sha256(bytes.subarray(PAIR - 1, offset));
}

/**
 * The digest of everything a term occurs in, by ascending segment:
 * SHA-256(0x03 || for each segment: uint64 number || segment digest).
 *
 * @throws {SigningError} `SIGNING_PROOF_INVALID` for a number or a digest that cannot be one.
 */
export function indexEntryDigest(segments: readonly IndexSegment[]): Uint8Array {
  return digestPairs(
    3,
    segments,
    ({ segment }) => segment,
    ({ digest }) => digest,
  );
}

/** The leaf hash of an entry: SHA-256(0x00 || term hash || entry digest). */
export function indexLeaf({ term, digest }: IndexEntry): Uint8Array {
  const bytes = scratch(1 + term.length + digest.length);
  bytes[0] = 0;
  bytes.set(term, 1);
  bytes.set(digest, 1 + term.length);
  return sha256(bytes);
}

/** Splits the records of one term into the segments they are in, and digests each. */
export function indexSegments(records: readonly LeafPosition[]): readonly IndexSegment[] {
  const bySegment = new Map<number, LeafPosition[]>();
  for (const record of records) {
    const segment = Math.floor(record.index / INDEX_SEGMENT);
    const list = bySegment.get(segment) ?? [];
    bySegment.set(segment, list);
    list.push(record);
  }
  return [...bySegment].map(([segment, list]) => ({ segment, digest: indexSegmentDigest(list) }));
}

/**
 * The ranges of the trees that a head of this size has: the closed segments in runs of powers of
 * {@link INDEX_FAN_OUT}, largest first, then the open segment where there is one.
 */
export function indexRanges(size: number): readonly IndexRange[] {
  assertSize('size', size);
  const ranges: IndexRange[] = [];
  const closed = Math.floor(size / INDEX_SEGMENT);
  let width = 1;
  while (width * INDEX_FAN_OUT <= closed) width *= INDEX_FAN_OUT;
  for (let segment = 0; segment < closed; ) {
    while (segment + width > closed) width /= INDEX_FAN_OUT;
    ranges.push({ first: segment * INDEX_SEGMENT, end: (segment + width) * INDEX_SEGMENT });
    segment += width;
  }
  if (size > closed * INDEX_SEGMENT) ranges.push({ first: closed * INDEX_SEGMENT, end: size });
  return ranges;
}

/** The leaf hash of one tree of a head: uint64 first || uint64 end || uint64 entries || root. */
export function indexTreeLeaf({ first, end, entries, root }: IndexTreeHead): Uint8Array {
  assertHash(root);
  const bytes = new Uint8Array(24 + root.length);
  for (const [at, value] of [first, end, entries].entries()) writeNumber(bytes, at * 8, value);
  bytes.set(root, 24);
  return leafHash(bytes);
}
