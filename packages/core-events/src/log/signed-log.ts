import { createNoteVerifier, type SigningKey, toVerificationKey } from '@spanforge/core-signing';
import { EventsError } from '../error.js';
import { createIds } from '../ids.js';
import { readPublished } from './checkpoint-store.js';
import { type Checkpointer, createCheckpointer } from './checkpointer.js';
import { openEvidenceLog } from './evidence-log.js';
import type { HighWaterMarkKeeper } from './high-water-mark.js';
import type { LeaseClock } from './lease.js';
import { createLogGuard, type LogGuard, requireUnchanged } from './log-guard.js';
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

const KEY_REASONS: ReadonlySet<string> = new Set(['key_unknown', 'package_key_unknown']);

const LEASE_RETRY_MS = 50;
const LEASE_TRIES = 20;

const isHeld = (error: unknown): boolean =>
  EventsError.is(error) && error.code === 'EVENTS_LEASE_HELD';

/** Signs what was added; does nothing when another process is signing. */
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

/** The code of our own or a system error; the name of any other. */
function codeOf(error: unknown): string {
  const { code, name } = (error ?? {}) as { readonly code?: unknown; readonly name?: unknown };
  return [code, name].find((one) => typeof one === 'string') ?? 'unknown';
}

/** Rejects when a promise does not settle in time; its later result is ignored. */
async function inTime(run: Promise<unknown>, ms: number): Promise<void> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      const message = 'the last checkpoint was not signed in time: the next start signs it';
      reject(new EventsError('EVENTS_STORE_UNAVAILABLE', message));
    }, ms);
  });
  try {
    await Promise.race([run, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** Signs repeatedly while there are new records; never while an append waits for it. */
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
  let signedSize = (await readPublished(store)).latest?.size ?? 0;
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
  let signingError: string | undefined;

  const tell = (error: unknown): void => {
    signingError = codeOf(error);
    try {
      onSigningError?.(error);
    } catch {
      // An error in the callback must not stop the signing.
    }
  };
  const told = guard.damage();
  if (told) tell(told);
  const guarded = async <Signed extends { readonly size: number }>(
    sign: () => Promise<Signed>,
  ): Promise<Signed> => {
    try {
      await requireUnchanged(store);
      const refusal = guard.refusal();
      // The signer itself compares everything but this.
      if (refusal && KEY_REASONS.has(String(refusal.details.reason))) throw refusal;
      const signed = await sign();
      signedSize = signed.size;
      signingError = undefined;
      return signed;
    } catch (error) {
      guard.report(error);
      if (!isHeld(error)) signingError = codeOf(error);
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
      const damage = guard.damage();
      if (damage) tell(damage);
      if (damage || (await store.size()) > signedSize) await own.checkpoint();
    } catch (error) {
      if (!isHeld(error)) tell(error);
    }
  };
  const schedule = createSchedule(checkpointEveryMs, signGrowth);
  const signTailNow = async (): Promise<void> => {
    await schedule.stop();
    const grown = log.status().appended > 0 && guard.refusal() === undefined;
    if (checkpointEveryMs <= 0 || !grown) return;
    await signTail(own.checkpoint);
  };
  signTailAtEnd = () => inTime(signTailNow(), signWithinMs).catch(tell);
  return Object.freeze({
    ...log,
    checkpointer: own,
    guard,
    status: () => {
      const status = log.status();
      const unpublished = Math.max(0, status.size - signedSize);
      return { ...status, signedSize, unpublished, ...(signingError && { signingError }) };
    },
  });
}
