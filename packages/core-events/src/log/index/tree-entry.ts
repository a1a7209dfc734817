import {
  equalBytes,
  type IndexEntry,
  type IndexSegment,
  indexEntryDigest,
  indexLeaf,
  merkleRoot,
} from '@spanforge/core-signing';

/** Entries of one stored page. */
export const PAGE_ENTRIES = 256;

const TERM_BYTES = 32;
const SEGMENT_BYTES = 40;

/** An entry of an index tree with the segments its digest is over. */
export interface TreeEntry {
  readonly term: Uint8Array;
  readonly segments: readonly IndexSegment[];
  /** Its leaf hash, which stays the same in every tree that has no other segments of the term. */
  readonly leaf: Uint8Array;
}

/** Makes an entry. */
export function treeEntry(term: Uint8Array, segments: readonly IndexSegment[]): TreeEntry {
  return { term, segments, leaf: indexLeaf({ term, digest: indexEntryDigest(segments) }) };
}

/** The entry as the tree has it. */
export function toIndexEntry({ term, segments }: TreeEntry): IndexEntry {
  return { term, digest: indexEntryDigest(segments) };
}

/** Root of a page: of the entries it holds. */
export function pageRoot(entries: readonly TreeEntry[]): Uint8Array {
  return merkleRoot(entries.map(({ leaf }) => leaf));
}

/** A page as bytes: for each entry the term, the number of segments, and each with its digest. */
export function encodePage(entries: readonly TreeEntry[]): Uint8Array {
  let length = 0;
  for (const { segments } of entries) length += TERM_BYTES + 4 + segments.length * SEGMENT_BYTES;
  const bytes = new Uint8Array(length);
  const view = new DataView(bytes.buffer);
  let at = 0;
  for (const { term, segments } of entries) {
    bytes.set(term, at);
    view.setUint32(at + TERM_BYTES, segments.length);
    at += TERM_BYTES + 4;
    for (const { segment, digest } of segments) {
      view.setBigUint64(at, BigInt(segment));
      bytes.set(digest, at + 8);
      at += SEGMENT_BYTES;
    }
  }
  return bytes;
}

/** The inverse of {@link encodePage}; throws a `RangeError` for bytes that are no page. */
export function decodePage(bytes: Uint8Array): readonly TreeEntry[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const entries: TreeEntry[] = [];
  for (let at = 0; at < bytes.length; ) {
    const term = bytes.subarray(at, at + TERM_BYTES);
    const count = view.getUint32(at + TERM_BYTES);
    at += TERM_BYTES + 4;
    const segments: IndexSegment[] = [];
    for (let each = 0; each < count; each += 1, at += SEGMENT_BYTES) {
      const segment = Number(view.getBigUint64(at));
      segments.push({ segment, digest: bytes.subarray(at + 8, at + SEGMENT_BYTES) });
    }
    entries.push(treeEntry(term, segments));
  }
  return entries;
}

/** Whether a page is the one with this root. */
export function isPage(entries: readonly TreeEntry[], root: Uint8Array): boolean {
  return entries.length > 0 && equalBytes(pageRoot(entries), root);
}
