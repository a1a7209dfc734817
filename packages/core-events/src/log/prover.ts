import {
  consistencyProof,
  inclusionProof,
  merkleRoot,
  rangeRoot,
  type SubtreeSource,
} from '@spanforge/core-signing';
import { EventsError } from '../error.js';
import type { EvidenceStore } from './store.js';

const WIDTH = 256;
const HASH = 32;

/** Proofs over the leaf hashes of a store, at any size the log has had. */
export interface Prover {
  /** RFC 6962 root over the first `size` leaves, as they are stored now. */
  root(size: number): Promise<Uint8Array>;
  inclusion(index: number, size: number): Promise<readonly Uint8Array[]>;
  consistency(size1: number, size2: number): Promise<readonly Uint8Array[]>;
  /** One tile of hashes: level 0 holds leaves, each next level the roots of full tiles below. */
  tile(level: number, index: number, width: number): Promise<Uint8Array>;
}

/** Key of a stored tile among the derived values; level 1 and above, perhaps still partial. */
export function tileKey(level: number, index: number): string {
  return `tile/${level}/${String(index).padStart(16, '0')}`;
}

function splitHashes(bytes: Uint8Array): readonly Uint8Array[] {
  return Array.from({ length: bytes.length / HASH }, (_, at) =>
    bytes.subarray(at * HASH, (at + 1) * HASH),
  );
}

/** The root over the hashes of a tile. */
export function tileRoot(bytes: Uint8Array): Uint8Array {
  return merkleRoot(splitHashes(bytes));
}

/** Which hashes of which tile make up an aligned, complete subtree. */
function locate(
  start: number,
  end: number,
): { level: number; index: number; offset: number; count: number } {
  let [level, first, count] = [0, start, end - start];
  while (count >= WIDTH) {
    level += 1;
    first /= WIDTH;
    count /= WIDTH;
  }
  return { level, index: Math.floor(first / WIDTH), offset: first % WIDTH, count };
}

/**
 * Serves proofs from a store: leaves as stored, higher tiles as the checkpointer left them, or
 * computed from below where it has not come by yet.
 */
export function createProver(store: EvidenceStore): Prover {
  async function tile(level: number, index: number, width: number): Promise<Uint8Array> {
    if (level === 0) return leafTile(index, width);
    const stored = await store.getDerived(tileKey(level, index));
    if (stored && stored.length >= width * HASH) return stored.subarray(0, width * HASH);
    const built = new Uint8Array(width * HASH);
    for (let at = 0; at < width; at += 1) {
      built.set(tileRoot(await tile(level - 1, index * WIDTH + at, WIDTH)), at * HASH);
    }
    return built;
  }

  async function leafTile(index: number, width: number): Promise<Uint8Array> {
    const leaves = await store.leaves(index * WIDTH, width);
    if (leaves.length === width * HASH) return leaves;
    throw new EventsError('EVENTS_PROOF_UNAVAILABLE', 'the store does not hold these leaves', {
      details: { first: index * WIDTH, count: width },
    });
  }

  async function subtreeRoot(start: number, end: number): Promise<Uint8Array> {
    const { level, index, offset, count } = locate(start, end);
    const bytes = await tile(level, index, offset + count);
    return tileRoot(bytes.subarray(offset * HASH));
  }

  /** Runs a proof twice: once to learn which subtrees it asks for, once with their roots. */
  async function withSubtrees<T>(prove: (subtree: SubtreeSource) => T): Promise<T> {
    const asked = new Map<string, readonly [number, number]>();
    const blank = new Uint8Array(HASH);
    prove((start, end) => {
      asked.set(`${start}-${end}`, [start, end]);
      return blank;
    });
    const roots = new Map<string, Uint8Array>();
    for (const [key, [start, end]] of asked) roots.set(key, await subtreeRoot(start, end));
    return prove((start, end) => roots.get(`${start}-${end}`) ?? blank);
  }

  return {
    tile,
    root: (size) => withSubtrees((subtree) => rangeRoot(0, size, subtree)),
    inclusion: (index, size) => withSubtrees((subtree) => inclusionProof(index, size, subtree)),
    consistency: (size1, size2) =>
      withSubtrees((subtree) => consistencyProof(size1, size2, subtree)),
  };
}
