import {
  compareHashes,
  createFrontier,
  type Frontier,
  INDEX_SEGMENT,
  leafHash,
  toHex,
} from '@spanforge/core-signing';
import { EventsError } from '../error.js';
import { createIndexBuilder, type IndexBuilder } from './index/index-builder.js';
import type { SignedIndexHead } from './index/index-head.js';
import { subtreeRoot } from './prover.js';
import type { EvidenceStore } from './store.js';
import { createTiles, HASH_BYTES } from './tiles.js';
import { turn } from './turn.js';

/** The signer's tree and index over the part of the log it has read; always the same size. */
export interface SigningState {
  readonly frontier: Frontier;
  readonly builder: IndexBuilder;
}

/** Records read at once: a store reads whole rows, however few of their records are asked for. */
const READ_AT_ONCE = 1024;
/** Records hashed before yielding to the event loop. */
const HASHED_AT_ONCE = 256;
const LEAVES_AT_ONCE = 4096;

/** The log contradicts what was signed. */
export function frozenError(reason: string, index?: number): EventsError {
  return new EventsError('EVENTS_LOG_FROZEN', `the log is frozen: ${reason}`, {
    details: index === undefined ? { reason } : { reason, index },
  });
}

/** Not in constant time: leaf hashes are not secret, and that would cost as much as half a hash. */
const isSameLeaf = (made: Uint8Array, stored: Uint8Array): boolean =>
  made.length === stored.length && compareHashes(made, stored) === 0;

/** Hashes the stored bytes again and adds them to the tree and the index. */
export async function extendState(
  store: EvidenceStore,
  { frontier, builder }: SigningState,
  size: number,
  onProgress: () => Promise<void>,
): Promise<void> {
  while (frontier.size < size) {
    const records = await store.read(frontier.size, Math.min(READ_AT_ONCE, size - frontier.size));
    if (records.length === 0) throw frozenError('records_missing', frontier.size);
    for (const record of records) {
      if (record.index !== frontier.size) throw frozenError('index_mismatch', frontier.size);
      const { index, bytes } = record;
      const leaf = leafHash(bytes);
      if (!isSameLeaf(leaf, record.leaf)) throw frozenError('leaf_mismatch', index);
      frontier.append(leaf);
      // Not the leaf of the store: that is a view, and would keep its whole row in memory.
      const closed = builder.add({ index, leaf, bytes });
      if (closed) await closed;
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
  const closed = (head?.trees ?? []).filter(
    ({ first, end }) => (end - first) % INDEX_SEGMENT === 0 && end <= signed.size,
  );
  const start = closed.at(-1)?.end ?? 0;
  const frontier = await (tilesGood ? frontierOfTiles : frontierOfLeaves)(store, start);
  const state = { frontier, builder: createIndexBuilder(store, closed) };
  await extendState(store, state, signed.size, onProgress);
  if (toHex(frontier.root()) !== signed.root) throw frozenError('history_changed');
  return state;
}
