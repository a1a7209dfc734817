import { createNoteVerifier, type SigningKey, toVerificationKey } from '@spanforge/core-signing';
import { type Clock, systemClock } from '../clock.js';
import { EventsError } from '../error.js';
import {
  advanceCheckpoint,
  keepMark,
  type SignerParts,
  type SignerProgress,
} from './advance-checkpoint.js';
import { readLatestCheckpoint, type SignedCheckpoint } from './checkpoint-store.js';
import type { HighWaterMark, HighWaterMarkKeeper } from './high-water-mark.js';
import { indexHeadEntry, type SignedIndexHead, signIndexHead } from './index/index-head.js';
import { indexSegmentOf } from './index/segment-entries.js';
import { createKeyWatch } from './key-watch.js';
import { createLease, type LeaseClock } from './lease.js';
import { createProver } from './prover.js';
import { keepRecentRecords } from './recent-records.js';
import { createSerial, createShared } from './shared-runs.js';
import { frozenError } from './signing-state.js';
import type { EvidenceStore } from './store.js';

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
   *   now or earlier, or the mark is older than what was released; `EVENTS_LEASE_HELD` when another process signs; `EVENTS_OPTIONS_INVALID` when
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

function requireOrigin(kept: HighWaterMark | undefined, origin: string): void {
  if (!kept || kept.origin === origin) return;
  throw new EventsError('EVENTS_OPTIONS_INVALID', 'the high-water mark belongs to another log', {
    details: { path: '$.mark' },
  });
}

/** Signs the index of a checkpoint that was released. */
async function signIndex(
  { store, origin, signer }: SignerParts,
  progress: SignerProgress,
  { size, root }: SignedCheckpoint,
): Promise<SignedIndexHead> {
  const { state } = progress;
  if (!state || state.builder.size !== size) throw frozenError('index_changed');
  const trees = await state.builder.trees();
  const head = await signIndexHead({ origin, size, logRoot: root, trees }, signer);
  await store.putDerived([indexHeadEntry(head)]);
  progress.indexed = size;
  return head;
}

async function keepFrozen(
  mark: HighWaterMarkKeeper,
  kept: HighWaterMark,
  error: EventsError,
): Promise<void> {
  const { reason, index } = error.details;
  if (PASSING.has(String(reason))) return;
  const why = { reason: String(reason), ...(typeof index === 'number' ? { index } : {}) };
  // Where another signer saved a mark meanwhile, whoever signs next finds the same contradiction.
  await keepMark(mark, kept, { ...kept, frozen: why });
}

/** Signs while it holds the lease; keeps in the mark that the log contradicts what was signed. */
async function sign<Answer>(
  parts: SignerParts,
  progress: SignerProgress,
  finish: (signed: SignedCheckpoint) => Promise<Answer>,
): Promise<Answer> {
  const { lease, mark, origin } = parts;
  await lease.hold();
  try {
    const kept = await mark.load();
    requireOrigin(kept, origin);
    if (kept?.frozen) throw frozenError(kept.frozen.reason, kept.frozen.index);
    try {
      return await finish(await advanceCheckpoint(parts, progress, kept));
    } catch (error) {
      progress.state = undefined;
      const contradicted = EventsError.is(error) && error.code === 'EVENTS_LOG_FROZEN';
      if (kept && contradicted) await keepFrozen(mark, kept, error);
      throw error;
    }
  } finally {
    await lease.release();
  }
}

function createSignerParts(options: CheckpointerOptions): SignerParts {
  const { store, origin, signer, mark, holder, leaseClock } = options;
  const lease = createLease({
    store,
    // Each boot of the machine has its own lease: times of an earlier boot mean nothing now.
    name: leaseClock ? `checkpoint/${leaseClock.boot}` : 'checkpoint',
    holder,
    clock: leaseClock ? leaseClock.now : (options.clock ?? systemClock),
    leaseMs: options.leaseMs ?? 10_000,
  });
  return {
    ...{ store, origin, signer, mark, lease },
    logKey: createNoteVerifier(origin, toVerificationKey(signer)),
    prover: createProver(store),
    requireInService: createKeyWatch(store, signer.kid),
  };
}

/** Creates the signer's side of a log; several may exist, the lease lets one sign at a time. */
export function createCheckpointer(options: CheckpointerOptions): Checkpointer {
  // What is appended from now on need not be parsed when it is signed.
  keepRecentRecords(options.store);
  const parts = createSignerParts(options);
  const progress: SignerProgress = { state: undefined, indexed: 0 };
  const checkpoint = createShared(() =>
    sign(parts, progress, async (signed) => {
      const segmentClosed = indexSegmentOf(signed.size) > indexSegmentOf(progress.indexed);
      if (segmentClosed) await signIndex(parts, progress, signed);
      return signed;
    }),
  );
  const provable = createShared(() =>
    sign(parts, progress, async (signed) => ({
      ...signed,
      index: await signIndex(parts, progress, signed),
    })),
  );
  const oneAtATime = createSerial();
  return {
    latest: () => readLatestCheckpoint(options.store),
    checkpoint: () => checkpoint(oneAtATime),
    provable: () => provable(oneAtATime),
  };
}
