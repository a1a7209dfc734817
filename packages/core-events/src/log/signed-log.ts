import { createNoteVerifier, type SigningKey, toVerificationKey } from '@spanforge/core-signing';
import { createIds } from '../ids.js';
import { readPublished } from './checkpoint-store.js';
import { type Checkpointer, createCheckpointer } from './checkpointer.js';
import { openEvidenceLog } from './evidence-log.js';
import type { HighWaterMarkKeeper } from './high-water-mark.js';
import type { LeaseClock } from './lease.js';
import { createLogGuard, type LogGuard } from './log-guard.js';
import {
  createSchedule,
  guardCheckpointer,
  inTime,
  type SigningProgress,
  signGrowth,
  signTail,
  tellFailure,
} from './sign-growth.js';
import type { EvidenceLog, EvidenceLogOptions, LogStatus } from './types.js';

/** Options of a log that is opened with its signing key. */
export interface SignedLogOptions extends Omit<EvidenceLogOptions, 'guard' | 'logKey'> {
  /** Ed25519, role `log`. */
  readonly signer: SigningKey;
  readonly mark: HighWaterMarkKeeper;
  /** Keys that sign packages of this log. If the log names such keys and one of these is not among them, it accepts nothing. */
  readonly packageKeys?: readonly SigningKey[];
  /**
   * True if the log may not name the keys yet, for programs that record them. Otherwise a log with another
   * log's key accepts nothing.
   */
  readonly newKey?: boolean;
  /** The machine's own clock, for the lease; `createLeaseClock` of the node entry gives it. */
  readonly leaseClock?: LeaseClock | undefined;
  /** How often growth is signed; 1000 ms when absent, and never by itself when 0. */
  readonly checkpointEveryMs?: number;
  /**
   * Called when a checkpoint could not be made, and when a stored one cannot be read and is made
   * again. Signing is tried again either way.
   */
  readonly onSigningError?: (error: unknown) => void;
  /**
   * How long `close` waits for the last checkpoint; 10,000 ms when absent. Records not signed by then
   * are signed after the next start.
   */
  readonly signWithinMs?: number;
}

/** {@link LogStatus}, and how much of the log is signed. */
export interface SignedLogStatus extends LogStatus {
  /** Records that the last checkpoint of this process covers. */
  readonly signedSize: number;
  /** Records that no checkpoint covers yet, as far as this process knows. */
  readonly unpublished: number;
  /** Code of the error of the last attempt at signing; absent when it succeeded. */
  readonly signingError?: string;
}

/** An evidence log that signs its own growth. */
export interface SignedLog extends EvidenceLog {
  readonly checkpointer: Checkpointer;
  readonly guard: LogGuard;
  status(): SignedLogStatus;
}

/**
 * Opens an evidence log with the key that signs it: compares the signer's mark, the stored checkpoints
 * and the log, and signs about once a second while there are new records. `close` signs the rest.
 *
 * A log that lost records, was frozen, or has checkpoints but no mark can still be opened, read and
 * exported, but refuses every append and every state with `EVENTS_LOG_FROZEN`.
 *
 * @throws {EventsError} As {@link openEvidenceLog}.
 */
export async function openSignedLog(options: SignedLogOptions): Promise<SignedLog> {
  const { signer, mark, leaseClock, checkpointEveryMs = 1000, ...others } = options;
  const {
    onSigningError,
    signWithinMs = 10_000,
    newKey = false,
    packageKeys = [],
    ...rest
  } = others;
  const { store, origin, clock } = rest;
  const guard = createLogGuard({
    ...{ store, origin, mark },
    ...(newKey ? {} : { signer, packageKeys }),
  });
  await guard.check();
  const signedSize = (await readPublished(store)).latest?.size ?? 0;
  const progress: SigningProgress = { signedSize, signingError: undefined };
  let signTailAtEnd = async (): Promise<void> => undefined;
  const log = await openEvidenceLog({
    ...{ ...rest, guard, beforeClose: () => signTailAtEnd() },
    logKey: createNoteVerifier(origin, toVerificationKey(signer)),
  });
  const timed = { ...(clock && { clock }), ...(leaseClock && { leaseClock }) };
  const holder = createIds()();
  const checkpointer = createCheckpointer({ store, origin, signer, mark, holder, ...timed });
  const parts = { store, guard, checkpointer, onSigningError };
  const told = guard.damage();
  if (told) tellFailure(parts, progress, told);
  const guarded = guardCheckpointer(parts, progress);
  const schedule = createSchedule(checkpointEveryMs, () => signGrowth(parts, progress));
  const signTailNow = async (): Promise<void> => {
    await schedule.stop();
    const grown = log.status().appended > 0 && guard.refusal() === undefined;
    if (checkpointEveryMs > 0 && grown) await signTail(guarded.checkpoint);
  };
  signTailAtEnd = () =>
    inTime(signTailNow(), signWithinMs).catch((error) => tellFailure(parts, progress, error));
  return Object.freeze({
    ...log,
    checkpointer: guarded,
    guard,
    status: () => {
      const status = log.status();
      const unpublished = Math.max(0, status.size - progress.signedSize);
      const { signedSize, signingError } = progress;
      return { ...status, signedSize, unpublished, ...(signingError && { signingError }) };
    },
  });
}
