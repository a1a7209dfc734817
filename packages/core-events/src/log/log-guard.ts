import { type SigningKey, toHex } from '@spanforge/core-signing';
import { EventsError } from '../error.js';
import { type Published, readPublished } from './checkpoint-store.js';
import type { HighWaterMark, HighWaterMarkKeeper } from './high-water-mark.js';
import { createKeyKnown } from './key-known.js';
import { createProver } from './prover.js';
import { frontierOfLeaves, frozenError } from './signing-state.js';
import type { EvidenceStore, StoreUnchanged } from './store.js';

/** Decides whether a log may be used. */
export interface LogGuard {
  /** Why the log may not be used, by the last check; `EVENTS_LOG_FROZEN` with `details.reason`. */
  refusal(): EventsError | undefined;
  /**
   * Damage found by the last check that the signer can repair: the log may be used, but the operator
   * should know. `EVENTS_STORE_INVALID`.
   */
  damage(): EventsError | undefined;
  /**
   * Compares the signer's mark, the stored checkpoints and the log.
   *
   * @throws {EventsError} `EVENTS_STORE_UNAVAILABLE` when they cannot be read.
   */
  check(): Promise<EventsError | undefined>;
  /** Takes over a finding of the signer. */
  report(error: unknown): void;
}

/** The parts that are compared. */
export interface LogGuardOptions {
  readonly store: EvidenceStore;
  readonly origin: string;
  readonly mark: HighWaterMarkKeeper;
  /** The key that signs has to be one of the log's; not compared when absent. */
  readonly signer?: SigningKey;
  /** The keys that sign packages have to be the log's too. */
  readonly packageKeys?: readonly SigningKey[];
}

/** The reason of a log whose first record, which names the log, is damaged. */
export const FIRST_RECORD_DAMAGED = 'first_record_damaged';

const isFrozen = (error: unknown): error is EventsError =>
  EventsError.is(error) && error.code === 'EVENTS_LOG_FROZEN';

async function rootAt(store: EvidenceStore, size: number, expected: string): Promise<boolean> {
  const tiled = await createProver(store)
    .root(size)
    .catch(() => undefined);
  if (tiled && toHex(tiled) === expected) return true;
  return toHex((await frontierOfLeaves(store, size)).root()) === expected;
}

/** A log that was set back together with its mark is told by who saw the mark before. */
async function requireGrown(
  store: EvidenceStore,
  kept: HighWaterMark,
  seen: HighWaterMark,
): Promise<void> {
  if (kept.size < seen.size) throw frozenError('mark_rolled_back', kept.size);
  const same =
    kept.size === seen.size ? kept.root === seen.root : await rootAt(store, seen.size, seen.root);
  if (!same) throw frozenError('history_changed');
}

/** Answers the mark; undefined where nothing was signed yet. */
async function compare(
  { store, origin, mark }: LogGuardOptions,
  { size: published }: Published,
  seen: HighWaterMark | undefined,
): Promise<HighWaterMark | undefined> {
  const kept = await mark.load().catch((error: unknown) => {
    if (EventsError.is(error) && error.code === 'EVENTS_STORE_INVALID') {
      throw frozenError('mark_unreadable');
    }
    throw error;
  });
  const size = await store.size();
  if (!kept) {
    if (published !== undefined || seen) throw frozenError('mark_missing');
    return undefined;
  }
  if (kept.origin !== origin) throw frozenError('mark_of_another_log');
  if (kept.frozen) throw frozenError(kept.frozen.reason, kept.frozen.index);
  if (size < Math.max(kept.size, published ?? 0)) throw frozenError('rolled_back', size);
  if ((published ?? 0) > kept.size) throw frozenError('mark_rolled_back', kept.size);
  if (!(await rootAt(store, kept.size, kept.root))) throw frozenError('history_changed');
  if (seen) await requireGrown(store, kept, seen);
  return kept;
}

/**
 * A store whose file or schema was changed while it is open is refused like a frozen log.
 *
 * @throws {EventsError} `EVENTS_LOG_FROZEN` with the store's reason; `EVENTS_STORE_UNAVAILABLE`.
 */
export async function requireUnchanged(
  store: EvidenceStore & Partial<StoreUnchanged>,
): Promise<void> {
  try {
    await store.requireUnchanged?.();
  } catch (error) {
    const invalid = EventsError.is(error) && error.code === 'EVENTS_STORE_INVALID';
    throw invalid ? frozenError(String(error.details.reason)) : error;
  }
}

/**
 * Creates the guard of a log. It refuses a log that is shorter than its mark, differs below it, was frozen, or
 * has checkpoints but no mark, until the correct log is restored; so too one that no longer continues a mark that
 * this guard saw before, though its own mark and checkpoints agree with it. It also refuses a log whose store is no longer
 * what was opened, and one with a key that is not the log's.
 */
export function createLogGuard(options: LogGuardOptions): LogGuard {
  let refusal: EventsError | undefined;
  // Found where the log was opened; nothing that is compared here would find it again.
  let lasting: EventsError | undefined;
  let damage: EventsError | undefined;
  let seen: HighWaterMark | undefined;
  const { store, origin, signer, packageKeys } = options;
  const requireKnown = signer && createKeyKnown(store, origin, signer, packageKeys);
  return {
    refusal: () => lasting ?? refusal,
    damage: () => damage,
    report(error) {
      if (!isFrozen(error)) return;
      if (error.details.reason === FIRST_RECORD_DAMAGED) lasting = error;
      else refusal = error;
    },
    async check() {
      try {
        await requireUnchanged(options.store);
        // In this order: a mark is saved before its checkpoint is released, and a log only grows.
        const published = await readPublished(options.store);
        damage = published.damage;
        seen = (await compare(options, published, seen)) ?? seen;
        await requireKnown?.(published.latest);
        refusal = undefined;
      } catch (error) {
        if (!isFrozen(error)) throw error;
        refusal = error;
      }
      return lasting ?? refusal;
    },
  };
}
