import {
  createFrontier,
  equalBytes,
  type Frontier,
  formatCheckpoint,
  fromHex,
  fromUtf8,
  leafHash,
  type SigningKey,
  signNote,
  toHex,
  utf8,
} from '@spanforge/core-signing';
import { type Clock, systemClock } from '../clock.js';
import { EventsError } from '../error.js';
import type { HighWaterMark, HighWaterMarkKeeper } from './high-water-mark.js';
import { createProver, tileKey, tileRoot } from './prover.js';
import type { EvidenceStore } from './store.js';

/** A tree head and the note that signs it. */
export interface SignedCheckpoint {
  readonly size: number;
  readonly root: Uint8Array;
  /** C2SP signed note over the checkpoint. */
  readonly note: string;
}

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
   * Signs a checkpoint over everything durable now, or answers with the last one when nothing was
   * added. Re-reads every byte since the mark, keeps the mark, then releases the signature.
   *
   * @throws {EventsError} `EVENTS_LOG_FROZEN` when the store contradicts what was signed before,
   *   now or earlier; `EVENTS_LEASE_HELD` when somebody else signs.
   */
  checkpoint(): Promise<SignedCheckpoint>;
  /** The last checkpoint released, from the store. */
  latest(): Promise<SignedCheckpoint | undefined>;
}

const CHUNK = 1024;
const WIDTH = 256;
const LATEST = 'checkpoint/latest';

/** Key of a released checkpoint among the derived values. */
export function checkpointKey(size: number): string {
  return `checkpoint/${String(size).padStart(16, '0')}`;
}

function frozen(reason: string, index?: number): EventsError {
  return new EventsError('EVENTS_LOG_FROZEN', `the log is frozen: ${reason}`, {
    details: index === undefined ? { reason } : { reason, index },
  });
}

/** Brings the stored tiles from level 1 up to `size`, from tiles that are complete below. */
async function tilesUpTo(
  store: EvidenceStore,
  from: number,
  size: number,
): Promise<readonly (readonly [string, Uint8Array])[]> {
  const written = new Map<string, Uint8Array>();
  const read = async (level: number, index: number): Promise<Uint8Array> =>
    written.get(tileKey(level, index)) ??
    (await store.getDerived(tileKey(level, index))) ??
    new Uint8Array(0);
  let [done, whole] = [Math.floor(from / WIDTH), Math.floor(size / WIDTH)];
  for (let level = 1; whole > done; level += 1) {
    for (let entry = done; entry < whole; entry += 1) {
      const below =
        level === 1 ? await store.leaves(entry * WIDTH, WIDTH) : await read(level - 1, entry);
      const index = Math.floor(entry / WIDTH);
      const tile = new Uint8Array(((entry % WIDTH) + 1) * 32);
      tile.set((await read(level, index)).subarray(0, (entry % WIDTH) * 32));
      tile.set(tileRoot(below), (entry % WIDTH) * 32);
      written.set(tileKey(level, index), tile);
    }
    [done, whole] = [Math.floor(done / WIDTH), Math.floor(whole / WIDTH)];
  }
  return [...written];
}

/** Hashes the stored bytes again and adds them to the frontier. */
async function extend(store: EvidenceStore, frontier: Frontier, size: number): Promise<void> {
  while (frontier.size < size) {
    const records = await store.read(frontier.size, Math.min(CHUNK, size - frontier.size));
    if (records.length === 0) throw frozen('records_missing', frontier.size);
    for (const record of records) {
      if (record.index !== frontier.size) throw frozen('index_mismatch', frontier.size);
      const leaf = leafHash(record.bytes);
      if (!equalBytes(leaf, record.leaf)) throw frozen('leaf_mismatch', record.index);
      frontier.append(leaf);
    }
  }
}

/** Creates the signer's side of a log; several may exist, the lease lets one sign at a time. */
export function createCheckpointer(options: CheckpointerOptions): Checkpointer {
  const { store, origin, signer, mark, holder } = options;
  const clock = options.clock ?? systemClock;
  const leaseMs = options.leaseMs ?? 10_000;
  const prover = createProver(store);
  let running: Promise<SignedCheckpoint> | undefined;

  async function release(size: number, root: Uint8Array): Promise<SignedCheckpoint> {
    const body = formatCheckpoint({ origin, size, root });
    const note = await signNote(body, [{ name: origin, key: signer }]);
    return { size, root, note };
  }

  async function readLatest(): Promise<SignedCheckpoint | undefined> {
    const bytes = await store.getDerived(LATEST);
    if (!bytes) return undefined;
    const { size, root, note } = JSON.parse(fromUtf8(bytes)) as {
      size: number;
      root: string;
      note: string;
    };
    return { size, root: fromHex(root), note };
  }

  async function checkAgainst(kept: HighWaterMark, size: number): Promise<void> {
    if (kept.origin !== origin) throw frozen('another_origin');
    if (size < kept.size) throw frozen('rolled_back', size);
    const known = kept.size === 0 ? undefined : await prover.root(kept.size);
    if (known && toHex(known) !== kept.root) throw frozen('history_changed');
  }

  async function advance(kept: HighWaterMark | undefined): Promise<SignedCheckpoint> {
    const size = await store.size();
    if (kept) await checkAgainst(kept, size);
    const frontier = createFrontier(kept?.frontier);
    const from = frontier.size;
    await extend(store, frontier, size);
    const root = frontier.root();
    if (!kept || size > from) {
      await mark.save({ origin, size, root: toHex(root), frontier: frontier.state() });
    }
    const signed = await release(size, root);
    const latest = utf8(JSON.stringify({ size, root: toHex(root), note: signed.note }));
    const tiles = await tilesUpTo(store, from, size);
    await store.putDerived([...tiles, [checkpointKey(size), utf8(signed.note)], [LATEST, latest]]);
    return signed;
  }

  async function checkpoint(): Promise<SignedCheckpoint> {
    if (!(await store.lease('checkpoint', holder, clock(), leaseMs))) {
      throw new EventsError('EVENTS_LEASE_HELD', 'another process signs this log');
    }
    const kept = await mark.load();
    if (kept?.frozen) throw frozen(kept.frozen.reason, kept.frozen.index);
    try {
      return await advance(kept);
    } catch (error) {
      if (kept && EventsError.is(error) && error.code === 'EVENTS_LOG_FROZEN') {
        const { reason, index } = error.details;
        await mark.save({
          ...kept,
          frozen: {
            reason: String(reason),
            ...(typeof index === 'number' ? { index } : {}),
          },
        });
      }
      throw error;
    } finally {
      await store.lease('checkpoint', holder, clock(), 0);
    }
  }

  return {
    latest: readLatest,
    checkpoint() {
      running ??= checkpoint().finally(() => {
        running = undefined;
      });
      return running;
    },
  };
}
