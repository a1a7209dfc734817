import {
  createFrontier,
  formatCheckpoint,
  type NoteVerifier,
  type SigningKey,
  signNote,
  toHex,
} from '@spanforge/core-signing';
import {
  checkpointEntries,
  checkpointKey,
  type Published,
  readPublished,
  type SignedCheckpoint,
} from './checkpoint-store.js';
import type { HighWaterMark, HighWaterMarkKeeper } from './high-water-mark.js';
import { createIndexBuilder } from './index/index-builder.js';
import { readIndexHead } from './index/index-head.js';
import { type Lease, otherSigner } from './lease.js';
import type { Prover } from './prover.js';
import {
  extendState,
  frontierOfLeaves,
  frozenError,
  resumeState,
  type SigningState,
} from './signing-state.js';
import type { EvidenceStore } from './store.js';
import { createTileRoots, grownTiles, type TileRoots } from './tiles.js';

/** What signing needs. */
export interface SignerParts {
  readonly store: EvidenceStore;
  readonly origin: string;
  readonly signer: SigningKey;
  readonly logKey: NoteVerifier;
  readonly prover: Prover;
  readonly mark: HighWaterMarkKeeper;
  readonly lease: Lease;
  /** @throws `EVENTS_KEY_RETIRED` when the key may not sign a log of this size. */
  readonly requireInService: (size: number) => Promise<void>;
}

/** How far a signer has come. */
export interface SignerProgress {
  /** Tree and index of what was signed last; undefined at the start, and after a failure. */
  state: SigningState | undefined;
  /** Size of the index head signed last. */
  indexed: number;
}

const newState = (store: EvidenceStore): SigningState => ({
  frontier: createFrontier(),
  builder: createIndexBuilder(store),
  tileRoots: createTileRoots(0),
});

/** Saves the mark; false where somebody else has saved one since this one was loaded. */
export async function keepMark(
  mark: HighWaterMarkKeeper,
  kept: HighWaterMark | undefined,
  next: HighWaterMark,
): Promise<boolean> {
  if (mark.replace) return mark.replace(kept, next);
  await mark.save(next);
  return true;
}

/** Compares the store with what was signed; true when the stored tiles are correct. */
async function compareWithMark(
  { store, prover }: SignerParts,
  kept: HighWaterMark,
  size: number,
): Promise<boolean> {
  if (size < kept.size) throw frozenError('rolled_back', size);
  const tiled = await prover.root(kept.size).catch(() => undefined);
  if (tiled && toHex(tiled) === kept.root) return true;
  // Damaged tiles can be computed again; only different leaves mean a changed history.
  const frontier = await frontierOfLeaves(store, kept.size);
  if (toHex(frontier.root()) !== kept.root) throw frozenError('history_changed');
  return false;
}

/** An older mark would let what was signed since be exchanged, and signed a second time. */
async function requireNewest(
  mark: HighWaterMarkKeeper,
  kept: HighWaterMark,
  published: number,
): Promise<void> {
  if (published <= kept.size) return;
  // A mark is saved before its checkpoint is released: where another signer did both just now, it is there.
  if (((await mark.load())?.size ?? 0) >= published) throw otherSigner();
  throw frozenError('mark_rolled_back', kept.size);
}

/** Continues from what this signer has read, or reads the open segment again. */
async function reach(
  { store, origin, logKey, lease }: SignerParts,
  progress: SignerProgress,
  kept: HighWaterMark,
  tilesGood: boolean,
): Promise<SigningState> {
  const { state } = progress;
  if (state && state.frontier.size <= kept.size) {
    await extendState(store, state, kept.size, lease.hold);
    if (toHex(state.frontier.root()) === kept.root) return state;
  }
  const found = await readIndexHead(store, origin, logKey);
  // An index over fewer terms is built again from the first record.
  const head = found?.terms === 2 ? found : undefined;
  progress.indexed = head?.size ?? 0;
  return resumeState({ store, head, signed: kept, tilesGood, onProgress: lease.hold });
}

async function begin(
  parts: SignerParts,
  progress: SignerProgress,
  kept: HighWaterMark | undefined,
  { size, published }: { readonly size: number; readonly published: Published },
): Promise<{ readonly reached: SigningState; readonly tilesGood: boolean }> {
  if (!kept) {
    if (published.size !== undefined) throw frozenError('mark_missing');
    return { reached: newState(parts.store), tilesGood: true };
  }
  await requireNewest(parts.mark, kept, published.size ?? 0);
  const tilesGood = await compareWithMark(parts, kept, size);
  return { reached: await reach(parts, progress, kept, tilesGood), tilesGood };
}

async function release(
  store: EvidenceStore,
  signed: SignedCheckpoint,
  { from, good, roots }: { from: number; good: boolean; roots: TileRoots },
): Promise<void> {
  const tiles = good
    ? await grownTiles(store, from, signed.size, true, roots)
    : await grownTiles(store, 0, signed.size, false);
  await store.putDerived([...tiles, ...checkpointEntries(signed)]);
  roots.forget(signed.size);
}

/**
 * Signs the log at its present size: compares it with the mark, reads what was added, saves the new mark,
 * and then releases the signature.
 *
 * @throws {EventsError} As `Checkpointer.checkpoint`.
 */
export async function advanceCheckpoint(
  parts: SignerParts,
  progress: SignerProgress,
  kept: HighWaterMark | undefined,
): Promise<SignedCheckpoint> {
  const { store, origin, signer, lease } = parts;
  const size = await store.size();
  await parts.requireInService(size);
  // An unreadable latest checkpoint is released again: the mark has its content.
  const published = await readPublished(store);
  const { reached, tilesGood } = await begin(parts, progress, kept, { size, published });
  progress.state = undefined;
  await extendState(store, reached, size, lease.hold);
  const { frontier } = reached;
  const root = frontier.root();
  await lease.hold();
  if (!kept || size > kept.size) {
    const next = { origin, size, root: toHex(root), frontier: frontier.state() };
    if (!(await keepMark(parts.mark, kept, next))) throw otherSigner();
  }
  const body = formatCheckpoint({ origin, size, root });
  const signed = { size, root, note: await signNote(body, [{ name: origin, key: signer }]) };
  // Tiles are stored with checkpoints; a mark may be ahead of both after a crash.
  const tiledTo = Math.min(published.size ?? 0, size);
  const current = published.latest?.note === signed.note;
  const released = current && (await store.getDerived(checkpointKey(size)));
  const tiled = { from: tiledTo, good: tilesGood, roots: reached.tileRoots };
  if (!released || !tilesGood) await release(store, signed, tiled);
  progress.state = reached;
  return signed;
}
