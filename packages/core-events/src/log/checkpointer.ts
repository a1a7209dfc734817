import {
  createFrontier,
  equalBytes,
  type Frontier,
  formatCheckpoint,
  leafHash,
  type SigningKey,
  signNote,
  toHex,
} from '@spanforge/core-signing';
import { type Clock, systemClock } from '../clock.js';
import { EventsError } from '../error.js';
import {
  checkpointEntries,
  checkpointKey,
  readLatestCheckpoint,
  type SignedCheckpoint,
} from './checkpoint-store.js';
import type { HighWaterMark, HighWaterMarkKeeper } from './high-water-mark.js';
import { createLease, type Lease } from './lease.js';
import { createProver } from './prover.js';
import type { EvidenceStore } from './store.js';
import { grownTiles, HASH_BYTES } from './tiles.js';
import { turn } from './turn.js';

/** What a checkpointer needs. */
export interface CheckpointerOptions {
  readonly store: EvidenceStore;
  readonly origin: string;
  /** Ed25519, role `log`. */
  readonly signer: SigningKey;
  readonly mark: HighWaterMarkKeeper;
  /** Who signs: one holder at a time. */
  readonly holder: string;
  /** How long the right to sign is held without renewing; 10,000 ms when absent. */
  readonly leaseMs?: number;
  readonly clock?: Clock;
}

/** Signs the log's growth, and nothing else. */
export interface Checkpointer {
  /**
   * Signs a checkpoint over everything durable at the call, or again over the last size when nothing
   * was added. Re-reads every byte since the mark, keeps the mark, then releases the signature.
   *
   * @throws {EventsError} `EVENTS_LOG_FROZEN` when the store contradicts what was signed before,
   *   now or earlier; `EVENTS_LEASE_HELD` when somebody else signs; `EVENTS_OPTIONS_INVALID` when
   *   the mark is that of another log; `EVENTS_STORE_INVALID` when the mark cannot be read.
   */
  checkpoint(): Promise<SignedCheckpoint>;
  /**
   * The last checkpoint released, as the store has it.
   *
   * @throws {EventsError} `EVENTS_STORE_INVALID` when it cannot be read.
   */
  latest(): Promise<SignedCheckpoint | undefined>;
}

const CHUNK = 256;

function frozen(reason: string, index?: number): EventsError {
  return new EventsError('EVENTS_LOG_FROZEN', `the log is frozen: ${reason}`, {
    details: index === undefined ? { reason } : { reason, index },
  });
}

/** Hashes the stored bytes again and adds them to the frontier. */
async function extend(
  store: EvidenceStore,
  frontier: Frontier,
  size: number,
  lease: Lease,
): Promise<void> {
  while (frontier.size < size) {
    const records = await store.read(frontier.size, Math.min(CHUNK, size - frontier.size));
    if (records.length === 0) throw frozen('records_missing', frontier.size);
    for (const record of records) {
      if (record.index !== frontier.size) throw frozen('index_mismatch', frontier.size);
      const leaf = leafHash(record.bytes);
      if (!equalBytes(leaf, record.leaf)) throw frozen('leaf_mismatch', record.index);
      frontier.append(leaf);
    }
    await lease.hold();
    await turn();
  }
}

/** The root over the leaves alone, however long that takes. */
async function rootOfLeaves(store: EvidenceStore, size: number): Promise<Uint8Array> {
  const frontier = createFrontier();
  while (frontier.size < size) {
    const bytes = await store.leaves(frontier.size, Math.min(CHUNK, size - frontier.size));
    if (bytes.length === 0 || bytes.length % HASH_BYTES > 0) throw frozen('records_missing');
    for (let at = 0; at < bytes.length; at += HASH_BYTES) {
      frontier.append(bytes.subarray(at, at + HASH_BYTES));
    }
  }
  return frontier.root();
}

/** What is to be extended, and whether the stored tiles may be built upon. */
interface Start {
  readonly frontier: Frontier;
  readonly tilesGood: boolean;
}

/** Creates the signer's side of a log; several may exist, the lease lets one sign at a time. */
export function createCheckpointer(options: CheckpointerOptions): Checkpointer {
  const { store, origin, signer, mark, holder } = options;
  const clock = options.clock ?? systemClock;
  const leaseMs = options.leaseMs ?? 10_000;
  const prover = createProver(store);
  let running: Promise<SignedCheckpoint> | undefined;
  const lease = createLease({ store, name: 'checkpoint', holder, clock, leaseMs });

  async function startAtMark(kept: HighWaterMark, size: number): Promise<Start> {
    if (size < kept.size) throw frozen('rolled_back', size);
    const frontier = createFrontier(kept.frontier);
    const tiled = await prover.root(kept.size).catch(() => undefined);
    if (tiled && toHex(tiled) === kept.root) return { frontier, tilesGood: true };
    // Tiles can be made again: only leaves that differ are a changed history.
    if (toHex(await rootOfLeaves(store, kept.size)) !== kept.root) throw frozen('history_changed');
    return { frontier, tilesGood: false };
  }

  /** A mark that was lost: the log must at least agree with what it says was signed. */
  async function startWithoutMark(
    latest: SignedCheckpoint | undefined,
    size: number,
  ): Promise<Start> {
    const frontier = createFrontier();
    if (latest) {
      if (size < latest.size) throw frozen('rolled_back', size);
      await extend(store, frontier, latest.size, lease);
      if (!equalBytes(frontier.root(), latest.root)) throw frozen('history_changed');
    }
    return { frontier, tilesGood: latest === undefined };
  }

  async function release(signed: SignedCheckpoint, from: number, good: boolean): Promise<void> {
    const tiles = await grownTiles(store, good ? from : 0, signed.size, good);
    const entries = [...tiles, ...checkpointEntries(signed)];
    await store.putDerived(entries);
  }

  async function advance(kept: HighWaterMark | undefined): Promise<SignedCheckpoint> {
    const size = await store.size();
    const stored = readLatestCheckpoint(store);
    const latest = kept ? await stored.catch(() => undefined) : await stored;
    const start = kept ? await startAtMark(kept, size) : await startWithoutMark(latest, size);
    const { frontier, tilesGood } = start;
    await extend(store, frontier, size, lease);
    const root = frontier.root();
    await lease.hold();
    if (!kept || size > kept.size) {
      await mark.save({ origin, size, root: toHex(root), frontier: frontier.state() });
    }
    const body = formatCheckpoint({ origin, size, root });
    const signed = { size, root, note: await signNote(body, [{ name: origin, key: signer }]) };
    // Tiles are stored with checkpoints; a mark may be ahead of both after a crash.
    const tiledTo = Math.min(latest?.size ?? 0, size);
    const released = latest?.note === signed.note && (await store.getDerived(checkpointKey(size)));
    if (!released || !tilesGood) await release(signed, tiledTo, tilesGood);
    return signed;
  }

  async function keepFrozen(kept: HighWaterMark, error: EventsError): Promise<void> {
    const { reason, index } = error.details;
    const why = { reason: String(reason), ...(typeof index === 'number' ? { index } : {}) };
    await mark.save({ ...kept, frozen: why });
  }

  async function checkpoint(): Promise<SignedCheckpoint> {
    await lease.hold();
    try {
      const kept = await mark.load();
      if (kept && kept.origin !== origin) {
        throw new EventsError('EVENTS_OPTIONS_INVALID', 'the mark is that of another log', {
          details: { path: '$.mark' },
        });
      }
      if (kept?.frozen) throw frozen(kept.frozen.reason, kept.frozen.index);
      return await advance(kept).catch(async (error: unknown) => {
        const contradicted = EventsError.is(error) && error.code === 'EVENTS_LOG_FROZEN';
        if (kept && contradicted) await keepFrozen(kept, error);
        throw error;
      });
    } finally {
      await lease.release();
    }
  }

  const shared = (): Promise<SignedCheckpoint> => {
    running ??= checkpoint().finally(() => {
      running = undefined;
    });
    return running;
  };

  return {
    latest: () => readLatestCheckpoint(store),
    // One under way may have begun before what the caller wants signed: run one after it.
    async checkpoint() {
      if (running) await running.catch(() => undefined);
      return shared();
    },
  };
}
