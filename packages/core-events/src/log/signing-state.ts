import {
  compareHashes,
  createFrontier,
  equalBytes,
  type Frontier,
  leafHash,
  toHex,
} from '@spanforge/core-signing';
import { EventsError } from '../error.js';
import { freezeAdvice } from './freeze-advice.js';
import { createIndexBuilder, type IndexBuilder } from './index/index-builder.js';
import type { SignedIndexHead } from './index/index-head.js';
import { provenTerms } from './index/record-terms.js';
import { isClosed } from './index/segment-entries.js';
import { subtreeRoot } from './prover.js';
import { keepRecentRecords } from './recent-records.js';
import type { EvidenceStore, StoreLeafHashing } from './store.js';
import { createTileRoots, createTiles, HASH_BYTES, type TileRoots } from './tiles.js';
import { turn } from './turn.js';

/** The signer's tree and index over the part of the log it has read; always the same size. */
export interface SigningState {
  readonly frontier: Frontier;
  readonly builder: IndexBuilder;
  readonly tileRoots: TileRoots;
}

/** Records read at once; a store reads whole rows anyway. */
const READ_AT_ONCE = 1024;
/** Records hashed before yielding to the event loop. */
const HASHED_AT_ONCE = 256;
const LEAVES_AT_ONCE = 4096;

/** The error of a log that contradicts what was signed. */
export function frozenError(reason: string, index?: number): EventsError {
  return new EventsError(
    'EVENTS_LOG_FROZEN',
    `the log is frozen: ${reason}: ${freezeAdvice(reason)}`,
    {
      details: index === undefined ? { reason } : { reason, index },
    },
  );
}

/** Not in constant time: leaf hashes are not secret, and that would cost as much as half a hash. */
const isSameLeaf = (made: Uint8Array, stored: Uint8Array): boolean =>
  made.length === stored.length && compareHashes(made, stored) === 0;

/** Records in the form that tree and index need. */
interface NextRecords {
  /** Their leaf hashes, one after the other. */
  readonly leaves: Uint8Array;
  readonly terms: readonly (readonly string[])[];
}

/** Hashes the stored records again, in the driver's own thread if it has one for that. */
async function hashAgain(store: EvidenceStore, first: number, count: number): Promise<Uint8Array> {
  const { hashLeaves } = store as EvidenceStore & Partial<StoreLeafHashing>;
  if (hashLeaves) return hashLeaves(first, count);
  const records = await store.read(first, count);
  const hashes = new Uint8Array(records.length * HASH_BYTES);
  for (const [at, { bytes }] of records.entries()) {
    hashes.set(leafHash(bytes), at * HASH_BYTES);
    if (at % HASHED_AT_ONCE === HASHED_AT_ONCE - 1) await turn();
  }
  return hashes;
}

function joinLeaves(records: readonly { readonly leaf: Uint8Array }[]): Uint8Array {
  const leaves = new Uint8Array(records.length * HASH_BYTES);
  for (const [at, { leaf }] of records.entries()) leaves.set(leaf, at * HASH_BYTES);
  return leaves;
}

const leafAt = (leaves: Uint8Array, at: number): Uint8Array =>
  leaves.subarray(at * HASH_BYTES, (at + 1) * HASH_BYTES);

/** Requires that the bytes and the leaves in the store are those that were acknowledged. */
async function requireStored(
  store: EvidenceStore,
  first: number,
  leaves: Uint8Array,
): Promise<void> {
  const count = leaves.length / HASH_BYTES;
  const [made, stored] = await Promise.all([
    hashAgain(store, first, count),
    store.leaves(first, count),
  ]);
  if (equalBytes(leaves, made) && equalBytes(leaves, stored)) return;
  for (let at = 0; at < count; at += 1) {
    const leaf = leafAt(leaves, at);
    const missing = Math.min(made.length, stored.length) < (at + 1) * HASH_BYTES;
    if (missing) throw frozenError('records_missing', first + at);
    const same = isSameLeaf(leaf, leafAt(made, at)) && isSameLeaf(leaf, leafAt(stored, at));
    if (!same) throw frozenError('leaf_mismatch', first + at);
  }
}

/** Reads records, and computes hashes and terms from their bytes. */
async function readRecords(store: EvidenceStore, first: number, end: number): Promise<NextRecords> {
  const records = await store.read(first, Math.min(READ_AT_ONCE, end - first));
  if (records.length === 0) throw frozenError('records_missing', first);
  const leaves = new Uint8Array(records.length * HASH_BYTES);
  const terms: (readonly string[])[] = [];
  for (const [at, { index, bytes, leaf: stored }] of records.entries()) {
    if (index !== first + at) throw frozenError('index_mismatch', first + at);
    const leaf = leafHash(bytes);
    if (!isSameLeaf(leaf, stored)) throw frozenError('leaf_mismatch', index);
    leaves.set(leaf, at * HASH_BYTES);
    terms.push(provenTerms(bytes));
    if (at % HASHED_AT_ONCE === HASHED_AT_ONCE - 1) await turn();
  }
  return { leaves, terms };
}

/**
 * The next records. Those that this process appended are taken as they were acknowledged, after checking that
 * the store holds exactly these; those of other processes are read from their bytes.
 */
async function readNext(store: EvidenceStore, first: number, end: number): Promise<NextRecords> {
  const recent = keepRecentRecords(store);
  const own = recent.from(first, end);
  if (own.length === 0) return readRecords(store, first, Math.min(end, recent.nextAfter(first)));
  const next = { leaves: joinLeaves(own), terms: own.map(({ terms }) => terms) };
  await requireStored(store, first, next.leaves);
  return next;
}

/** The number of records after which adding pauses for other work. */
const nextStop = (size: number): number => size - (size % HASHED_AT_ONCE) + HASHED_AT_ONCE;

/** Hashes the stored bytes again and adds them to the tree and the index. */
export async function extendState(
  store: EvidenceStore,
  { frontier, builder, tileRoots }: SigningState,
  size: number,
  onProgress: () => Promise<void>,
): Promise<void> {
  while (frontier.size < size) {
    const { leaves, terms } = await readNext(store, frontier.size, size);
    keepRecentRecords(store).forget(frontier.size + terms.length);
    for (let at = 0; at < terms.length; ) {
      const end = Math.min(terms.length, at + nextStop(frontier.size) - frontier.size);
      frontier.extend(leaves.subarray(at * HASH_BYTES, end * HASH_BYTES), tileRoots.add);
      for (; at < end; at += 1) {
        const closed = builder.add(leafAt(leaves, at), terms[at] ?? []);
        if (closed) await closed;
      }
      if (frontier.size % HASHED_AT_ONCE === 0) await turn();
    }
    await onProgress();
    await turn();
  }
}

/** Computes the tree from the leaves alone; slow for a long log. */
export async function frontierOfLeaves(store: EvidenceStore, size: number): Promise<Frontier> {
  const frontier = createFrontier();
  while (frontier.size < size) {
    const count = Math.min(LEAVES_AT_ONCE, size - frontier.size);
    const bytes = await store.leaves(frontier.size, count);
    if (bytes.length === 0 || bytes.length % HASH_BYTES > 0) throw frozenError('records_missing');
    for (let at = 0; at < bytes.length; at += HASH_BYTES) {
      frontier.append(bytes.subarray(at, at + HASH_BYTES));
    }
    await turn();
  }
  return frontier;
}

/** Computes the tree of the first records from the stored tiles; the caller compares its root. */
async function frontierOfTiles(store: EvidenceStore, size: number): Promise<Frontier> {
  const tiles = createTiles(store);
  const hashes: Uint8Array[] = [];
  let width = 1;
  while (width * 2 <= size) width *= 2;
  for (let start = 0; start < size; width /= 2) {
    if (start + width > size) continue;
    hashes.push(await subtreeRoot(tiles, start, start + width));
    start += width;
  }
  return createFrontier({ size, hashes });
}

/** Where a signer resumes after a start. */
export interface ResumePoint {
  readonly store: EvidenceStore;
  /** The index head signed last; without it the whole log is read again. */
  readonly head: SignedIndexHead | undefined;
  /** What was signed last. */
  readonly signed: { readonly size: number; readonly root: string };
  /** Whether the stored tiles lead to the signed root. */
  readonly tilesGood: boolean;
  readonly onProgress: () => Promise<void>;
}

/**
 * Reads the open segment again, so that index and tree continue from what was signed.
 *
 * @throws {EventsError} `EVENTS_LOG_FROZEN` when the log is not what was signed.
 */
export async function resumeState(point: ResumePoint): Promise<SigningState> {
  const { store, head, signed, tilesGood, onProgress } = point;
  const closed = (head?.trees ?? []).filter((tree) => isClosed(tree) && tree.end <= signed.size);
  const start = closed.at(-1)?.end ?? 0;
  const frontier = await (tilesGood ? frontierOfTiles : frontierOfLeaves)(store, start);
  const builder = createIndexBuilder(store, closed);
  const state = { frontier, builder, tileRoots: createTileRoots(start) };
  await extendState(store, state, signed.size, onProgress);
  if (toHex(frontier.root()) !== signed.root) throw frozenError('history_changed');
  return state;
}
