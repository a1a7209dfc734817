import { EventsError } from '../error.js';
import type { Checkpointer } from './checkpointer.js';
import { FIRST_RECORD_DAMAGED, type LogGuard, requireUnchanged } from './log-guard.js';
import type { EvidenceStore } from './store.js';

/** What signing the growth of a log needs. */
export interface GrowthParts {
  readonly store: EvidenceStore;
  readonly guard: LogGuard;
  readonly checkpointer: Checkpointer;
  /** Told of every failure that is not another signer's lease. */
  readonly onSigningError: ((error: unknown) => void) | undefined;
}

/** How far a log is signed. */
export interface SigningProgress {
  /** Records that the last checkpoint covers. */
  signedSize: number;
  /** Code of the error of the last attempt; absent when it succeeded. */
  signingError: string | undefined;
}

const OWN_REASONS: ReadonlySet<string> = new Set([
  ...['key_unknown', 'package_key_unknown', FIRST_RECORD_DAMAGED],
]);

const LEASE_RETRY_MS = 50;
const LEASE_TRIES = 20;

const isHeld = (error: unknown): boolean =>
  EventsError.is(error) && error.code === 'EVENTS_LEASE_HELD';

/** Signs what was added; does nothing when another process is signing. */
export async function signTail(sign: () => Promise<unknown>): Promise<void> {
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
export async function inTime(run: Promise<unknown>, ms: number): Promise<void> {
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
export function createSchedule(everyMs: number, sign: () => Promise<unknown>) {
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

/** Notes a failure, and tells the host of it. */
export function tellFailure(
  { onSigningError }: Pick<GrowthParts, 'onSigningError'>,
  progress: SigningProgress,
  error: unknown,
): void {
  progress.signingError = codeOf(error);
  try {
    onSigningError?.(error);
  } catch {
    // An error in the callback must not stop the signing.
  }
}

/** Signs what the guard lets be signed, and notes how it went. */
async function signGuarded<Signed extends { readonly size: number }>(
  { store, guard }: GrowthParts,
  progress: SigningProgress,
  sign: () => Promise<Signed>,
): Promise<Signed> {
  try {
    await requireUnchanged(store);
    const refusal = guard.refusal();
    // The signer itself compares everything but this.
    if (refusal && OWN_REASONS.has(String(refusal.details.reason))) throw refusal;
    const signed = await sign();
    progress.signedSize = signed.size;
    progress.signingError = undefined;
    return signed;
  } catch (error) {
    guard.report(error);
    if (!isHeld(error)) progress.signingError = codeOf(error);
    throw error;
  }
}

/** A checkpointer that asks the guard first, and notes how each signing went. */
export function guardCheckpointer(parts: GrowthParts, progress: SigningProgress): Checkpointer {
  const { latest, checkpoint, provable } = parts.checkpointer;
  return {
    latest,
    checkpoint: () => signGuarded(parts, progress, checkpoint),
    provable: () => signGuarded(parts, progress, provable),
  };
}

/** Signs what was added since the last checkpoint, and one that is damaged anew. Never rejects. */
export async function signGrowth(parts: GrowthParts, progress: SigningProgress): Promise<void> {
  const { store, guard } = parts;
  try {
    if (await guard.check()) return;
    const damage = guard.damage();
    if (damage) tellFailure(parts, progress, damage);
    const grown = damage !== undefined || (await store.size()) > progress.signedSize;
    if (grown) await guardCheckpointer(parts, progress).checkpoint();
  } catch (error) {
    if (!isHeld(error)) tellFailure(parts, progress, error);
  }
}
