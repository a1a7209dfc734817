import {
  createFrontier,
  createNoteVerifier,
  formatCheckpoint,
  type SigningKey,
  signNote,
  toHex,
  toVerificationKey,
} from '@spanforge/core-signing';
import { type Clock, systemClock } from '../clock.js';
import { EventsError } from '../error.js';
import {
  checkpointEntries,
  checkpointKey,
  type Published,
  readLatestCheckpoint,
  readPublished,
  type SignedCheckpoint,
} from './checkpoint-store.js';
import type { HighWaterMark, HighWaterMarkKeeper } from './high-water-mark.js';
import { createIndexBuilder } from './index/index-builder.js';
import {
  indexHeadEntry,
  readIndexHead,
  type SignedIndexHead,
  signIndexHead,
} from './index/index-head.js';
import { indexSegmentOf } from './index/segment-entries.js';
import { createKeyWatch } from './key-watch.js';
import { createLease, type LeaseClock, otherSigner } from './lease.js';
import { createProver } from './prover.js';
import {
  extendState,
  frontierOfLeaves,
  frozenError,
  resumeState,
  type SigningState,
} from './signing-state.js';
import type { EvidenceStore } from './store.js';
import { createTileRoots, grownTiles, type TileRoots } from './tiles.js';

/** Options of a checkpointer. */
export interface CheckpointerOptions {
  readonly store: EvidenceStore;
  readonly origin: string;
  /** Ed25519, role `log`. */
  readonly signer: SigningKey;
  readonly mark: HighWaterMarkKeeper;
  /** Who signs: one holder at a time. */
  readonly holder: string;
  /** How long a lease lasts without renewal; 10,000 ms when absent. */
  readonly leaseMs?: number;
  readonly clock?: Clock;
  /** The machine's own clock; without it a lease depends on the wall clock. */
  readonly leaseClock?: LeaseClock;
}

/** A checkpoint, and the signed index of the same records. */
export interface ProvableCheckpoint extends SignedCheckpoint {
  readonly index: SignedIndexHead;
}

/** Signs the log's growth, and nothing else. */
export interface Checkpointer {
  /**
   * Signs a checkpoint over everything durable at the call, or over the last size again when nothing was
   * added. Re-reads every byte since the mark, saves the new mark, then releases the signature.
   *
   * @throws {EventsError} `EVENTS_LOG_FROZEN` when the store contradicts what was signed before,
   *   now or earlier; `EVENTS_LEASE_HELD` when another process signs; `EVENTS_OPTIONS_INVALID` when
   *   the high-water mark belongs to another log; `EVENTS_KEY_RETIRED` when the log says that this key
   *   was retired or revoked before this size; `EVENTS_STORE_INVALID` when the mark cannot be read.
   */
  checkpoint(): Promise<SignedCheckpoint>;
  /**
   * Signs a checkpoint as {@link checkpoint} does, and the index of the same size; with it one can prove
   * that certain records are all records of a trace.
   *
   * @throws {EventsError} As {@link checkpoint}.
   */
  provable(): Promise<ProvableCheckpoint>;
  /**
   * The last checkpoint released, read from the store.
   *
   * @throws {EventsError} `EVENTS_STORE_INVALID` when it cannot be read.
   */
  latest(): Promise<SignedCheckpoint | undefined>;
}

/** Reasons that no longer apply once the correct copy of the log is restored. */
const PASSING = new Set(['rolled_back', 'mark_missing', 'mark_rolled_back']);

/** Creates the signer's side of a log; several may exist, the lease lets one sign at a time. */
export function createCheckpointer(options: CheckpointerOptions): Checkpointer {
  const { store, origin, signer, mark, holder } = options;
  const clock = options.clock ?? systemClock;
  const leaseMs = options.leaseMs ?? 10_000;
  const prover = createProver(store);
  const logKey = createNoteVerifier(origin, toVerificationKey(signer));
  const { leaseClock } = options;
  const lease = createLease({
    store,
    // Each boot of the machine has its own lease: times of an earlier boot mean nothing now.
    name: leaseClock ? `checkpoint/${leaseClock.boot}` : 'checkpoint',
    holder,
    clock: leaseClock ? leaseClock.now : clock,
    leaseMs,
  });
  const onProgress = (): Promise<void> => lease.hold();
  const requireInService = createKeyWatch(store, signer.kid);
  let state: SigningState | undefined;
  let indexed = 0;

  /** Saves the mark; false where somebody else has saved one since this one was loaded. */
  async function keep(kept: HighWaterMark | undefined, next: HighWaterMark): Promise<boolean> {
    if (mark.replace) return mark.replace(kept, next);
    await mark.save(next);
    return true;
  }

  /** Compares the store with what was signed; true when the stored tiles are correct. */
  async function compareWithMark(kept: HighWaterMark, size: number): Promise<boolean> {
    if (size < kept.size) throw frozenError('rolled_back', size);
    const tiled = await prover.root(kept.size).catch(() => undefined);
    if (tiled && toHex(tiled) === kept.root) return true;
    // Damaged tiles can be computed again; only different leaves mean a changed history.
    const frontier = await frontierOfLeaves(store, kept.size);
    if (toHex(frontier.root()) !== kept.root) throw frozenError('history_changed');
    return false;
  }

  /** Continues from what this signer has read, or reads the open segment again. */
  async function reach(kept: HighWaterMark, tilesGood: boolean): Promise<SigningState> {
    if (state && state.frontier.size <= kept.size) {
      await extendState(store, state, kept.size, onProgress);
      if (toHex(state.frontier.root()) === kept.root) return state;
    }
    const found = await readIndexHead(store, origin, logKey);
    // An index over fewer terms is built again from the first record.
    const head = found?.terms === 2 ? found : undefined;
    indexed = head?.size ?? 0;
    return resumeState({ store, head, signed: kept, tilesGood, onProgress });
  }

  async function begin(
    kept: HighWaterMark | undefined,
    size: number,
    published: Published,
  ): Promise<{ readonly reached: SigningState; readonly tilesGood: boolean }> {
    if (!kept) {
      if (published.size !== undefined) throw frozenError('mark_missing');
      return { reached: newState(store), tilesGood: true };
    }
    const tilesGood = await compareWithMark(kept, size);
    return { reached: await reach(kept, tilesGood), tilesGood };
  }

  async function release(
    signed: SignedCheckpoint,
    { from, good, roots }: { from: number; good: boolean; roots: TileRoots },
  ): Promise<void> {
    const tiles = good
      ? await grownTiles(store, from, signed.size, true, roots)
      : await grownTiles(store, 0, signed.size, false);
    await store.putDerived([...tiles, ...checkpointEntries(signed)]);
    roots.forget(signed.size);
  }

  async function advance(kept: HighWaterMark | undefined): Promise<SignedCheckpoint> {
    const size = await store.size();
    await requireInService(size);
    // An unreadable latest checkpoint is released again: the mark has its content.
    const published = await readPublished(store);
    const { latest } = published;
    const { reached, tilesGood } = await begin(kept, size, published);
    state = undefined;
    await extendState(store, reached, size, onProgress);
    const { frontier } = reached;
    const root = frontier.root();
    await lease.hold();
    if (!kept || size > kept.size) {
      const next = { origin, size, root: toHex(root), frontier: frontier.state() };
      if (!(await keep(kept, next))) throw otherSigner();
    }
    const body = formatCheckpoint({ origin, size, root });
    const signed = { size, root, note: await signNote(body, [{ name: origin, key: signer }]) };
    // Tiles are stored with checkpoints; a mark may be ahead of both after a crash.
    const tiledTo = Math.min(published.size ?? 0, size);
    const released = latest?.note === signed.note && (await store.getDerived(checkpointKey(size)));
    const tiled = { from: tiledTo, good: tilesGood, roots: reached.tileRoots };
    if (!released || !tilesGood) await release(signed, tiled);
    state = reached;
    return signed;
  }

  /** Signs the index of a checkpoint that was released. */
  async function signIndex({ size, root }: SignedCheckpoint): Promise<SignedIndexHead> {
    if (!state || state.builder.size !== size) throw frozenError('index_changed');
    const trees = await state.builder.trees();
    const head = await signIndexHead({ origin, size, logRoot: root, trees }, signer);
    await store.putDerived([indexHeadEntry(head)]);
    indexed = size;
    return head;
  }

  const segmentClosed = (size: number): boolean => indexSegmentOf(size) > indexSegmentOf(indexed);

  async function keepFrozen(kept: HighWaterMark, error: EventsError): Promise<void> {
    const { reason, index } = error.details;
    if (PASSING.has(String(reason))) return;
    const why = { reason: String(reason), ...(typeof index === 'number' ? { index } : {}) };
    // Where another signer saved a mark meanwhile, whoever signs next finds the same contradiction.
    await keep(kept, { ...kept, frozen: why });
  }

  async function sign<Answer>(finish: (signed: SignedCheckpoint) => Promise<Answer>) {
    await lease.hold();
    try {
      const kept = await mark.load();
      requireOrigin(kept, origin);
      if (kept?.frozen) throw frozenError(kept.frozen.reason, kept.frozen.index);
      try {
        return await finish(await advance(kept));
      } catch (error) {
        state = undefined;
        const contradicted = EventsError.is(error) && error.code === 'EVENTS_LOG_FROZEN';
        if (kept && contradicted) await keepFrozen(kept, error);
        throw error;
      }
    } finally {
      await lease.release();
    }
  }

  const checkpoint = createShared(() =>
    sign(async (signed) => {
      if (segmentClosed(signed.size)) await signIndex(signed);
      return signed;
    }),
  );
  const provable = createShared(() =>
    sign(async (signed) => ({ ...signed, index: await signIndex(signed) })),
  );
  const oneAtATime = createSerial();

  return {
    latest: () => readLatestCheckpoint(store),
    checkpoint: () => checkpoint(oneAtATime),
    provable: () => provable(oneAtATime),
  };
}

const newState = (store: EvidenceStore): SigningState => ({
  frontier: createFrontier(),
  builder: createIndexBuilder(store),
  tileRoots: createTileRoots(0),
});

function requireOrigin(kept: HighWaterMark | undefined, origin: string): void {
  if (!kept || kept.origin === origin) return;
  throw new EventsError('EVENTS_OPTIONS_INVALID', 'the high-water mark belongs to another log', {
    details: { path: '$.mark' },
  });
}

type Serial = <Answer>(run: () => Promise<Answer>) => Promise<Answer>;

/** Runs tasks one after the other. */
function createSerial(): Serial {
  let last: Promise<unknown> = Promise.resolve();
  return (run) => {
    const done = last.then(run);
    last = done.catch(() => undefined);
    return done;
  };
}

/**
 * Calls share a run that has not started yet. A running one is not shared, because it may have started
 * before the caller's records were appended.
 */
function createShared<Answer>(run: () => Promise<Answer>): (serial: Serial) => Promise<Answer> {
  let waiting: Promise<Answer> | undefined;
  return (serial) => {
    waiting ??= serial(() => {
      waiting = undefined;
      return run();
    });
    return waiting;
  };
}
