import { createNoteVerifier, type SigningKey, toVerificationKey } from '@spanforge/core-signing';
import { EventsError } from '../error.js';
import { createIds } from '../ids.js';
import { type Checkpointer, createCheckpointer } from './checkpointer.js';
import { openEvidenceLog } from './evidence-log.js';
import type { HighWaterMarkKeeper } from './high-water-mark.js';
import type { LeaseClock } from './lease.js';
import { createLogGuard, type LogGuard } from './log-guard.js';
import type { EvidenceLog, EvidenceLogOptions, LogStatus } from './types.js';

/** How a log is opened by whoever holds its key. */
export interface SignedLogOptions extends Omit<EvidenceLogOptions, 'guard' | 'logKey'> {
  /** Ed25519, role `log`. */
  readonly signer: SigningKey;
  readonly mark: HighWaterMarkKeeper;
  /** The machine's own clock, for the lease; `createLeaseClock` of the node entry gives it. */
  readonly leaseClock?: LeaseClock | undefined;
  /** How often growth is signed; 1000 ms when absent, and never by itself when 0. */
  readonly checkpointEveryMs?: number;
  /** Told why a checkpoint could not be made; the next is tried all the same. */
  readonly onSigningError?: (error: unknown) => void;
}

/** What {@link LogStatus} says, and how much of the log is signed. */
export interface SignedLogStatus extends LogStatus {
  /** Records that the last checkpoint of this process covers. */
  readonly signedSize: number;
  /** Records that no checkpoint covers yet, as far as this process knows. */
  readonly unpublished: number;
}

/** An evidence log that signs its own growth. */
export interface SignedLog extends EvidenceLog {
  readonly checkpointer: Checkpointer;
  readonly guard: LogGuard;
  status(): SignedLogStatus;
}

const LEASE_RETRY_MS = 50;
const LEASE_TRIES = 20;

const isHeld = (error: unknown): boolean =>
  EventsError.is(error) && error.code === 'EVENTS_LEASE_HELD';

/** Signs what was added; another process that signs at the moment does as well. */
async function signTail(sign: () => Promise<unknown>): Promise<void> {
  for (let tries = 1; ; tries += 1) {
    try {
      await sign();
      return;
    } catch (error) {
      if (!isHeld(error) || tries === LEASE_TRIES) throw error;
      await new Promise((resolve) => setTimeout(resolve, LEASE_RETRY_MS));
    }
  }
}

/** Signs again and again while there is something new; never on the path of an append. */
function createSchedule(everyMs: number, sign: () => Promise<unknown>) {
  let timer: ReturnType<typeof setTimeout> | undefined;
  let running: Promise<unknown> = Promise.resolve();
  let stopped = everyMs <= 0;
  const next = (): void => {
    if (stopped) return;
    timer = setTimeout(() => {
      running = sign().then(next, next);
    }, everyMs);
    (timer as { unref?: () => void }).unref?.();
  };
  next();
  return {
    async stop() {
      stopped = true;
      clearTimeout(timer);
      await running;
    },
  };
}

/**
 * Opens an evidence log with the key that signs it: compares the signer's mark, the stored checkpoints
 * and the log, and signs about once a second while there is something new. `close` signs what is left.
 *
 * A log that lost something, was frozen, or has checkpoints and no mark opens all the same: it can be
 * read and exported, and refuses every append and every state with `EVENTS_LOG_FROZEN`.
 *
 * @throws {EventsError} As {@link openEvidenceLog}.
 */
export async function openSignedLog(options: SignedLogOptions): Promise<SignedLog> {
  const { signer, mark, leaseClock, checkpointEveryMs = 1000, onSigningError, ...rest } = options;
  const { store, origin, clock } = rest;
  const guard = createLogGuard({ store, origin, mark });
  await guard.check();
  const logKey = createNoteVerifier(origin, toVerificationKey(signer));
  let signTailAtEnd = async (): Promise<void> => undefined;
  const log = await openEvidenceLog({
    ...rest,
    guard,
    logKey,
    beforeClose: () => signTailAtEnd(),
  });
  const timed = { ...(clock && { clock }), ...(leaseClock && { leaseClock }) };
  const holder = createIds()();
  const checkpointer = createCheckpointer({ store, origin, signer, mark, holder, ...timed });
  let signedSize = (await checkpointer.latest().catch(() => undefined))?.size ?? 0;

  const guarded = async <Signed extends { readonly size: number }>(
    sign: () => Promise<Signed>,
  ): Promise<Signed> => {
    try {
      const signed = await sign();
      signedSize = signed.size;
      return signed;
    } catch (error) {
      guard.report(error);
      throw error;
    }
  };
  const own: Checkpointer = {
    latest: checkpointer.latest,
    checkpoint: () => guarded(checkpointer.checkpoint),
    provable: () => guarded(checkpointer.provable),
  };
  const signGrowth = async (): Promise<void> => {
    try {
      if (await guard.check()) return;
      if ((await store.size()) > signedSize) await own.checkpoint();
    } catch (error) {
      if (!isHeld(error)) onSigningError?.(error);
    }
  };
  const schedule = createSchedule(checkpointEveryMs, signGrowth);
  signTailAtEnd = async () => {
    await schedule.stop();
    const grown = log.status().appended > 0 && guard.refusal() === undefined;
    if (checkpointEveryMs <= 0 || !grown) return;
    await signTail(own.checkpoint).catch((error: unknown) => onSigningError?.(error));
  };
  return Object.freeze({
    ...log,
    checkpointer: own,
    guard,
    status: () => {
      const status = log.status();
      return { ...status, signedSize, unpublished: Math.max(0, status.size - signedSize) };
    },
  });
}
