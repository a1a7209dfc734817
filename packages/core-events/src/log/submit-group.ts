import { promised } from '../awaitable.js';
import { EventsError } from '../error.js';
import type { Appended, Receipt } from '../ports.js';
import type { GroupOutcome } from './batches.js';
import type { ClaimBook } from './claims.js';
import type { GroupCommit } from './group-commit.js';
import type { OwnTypes } from './index/own-types.js';
import { joinGroup } from './join-group.js';
import { type LogState, requireGoverning, requireOpen } from './log-state.js';
import type { SealedGroup } from './prepare.js';
import { claimTaken } from './settle-groups.js';
import type { EvidenceStore, StoreTaken } from './store.js';
import type { UsedKeys } from './used-keys.js';

/** What submitting a group needs. */
export interface SubmitParts {
  readonly store: EvidenceStore;
  readonly state: LogState;
  readonly queue: GroupCommit;
  /** Whether records are signed. */
  readonly signing: boolean;
  readonly claims: ClaimBook;
  readonly usedKeys: UsedKeys;
  readonly own: OwnTypes;
}

/** Refuses a taken claim. With a known idempotency key the store decides, and stores nothing. */
async function requireFree(
  { store, claims }: SubmitParts,
  claim: string,
  key: string | undefined,
): Promise<void> {
  if (!(await claims.isTaken(claim))) return;
  const { findTaken } = store as Partial<StoreTaken>;
  const known = key === undefined ? undefined : await findTaken?.([], [key]);
  if (known?.keys[0]) return;
  throw claimTaken();
}

/**
 * Makes a sealed group durable: checks its claim and its idempotency key against what the log knows,
 * queues it, and notes what the store has taken.
 *
 * @throws {EventsError} `EVENTS_LOG_CLOSED`, `EVENTS_LOG_FROZEN`, `EVENTS_RECORD_INVALID`,
 *   `EVENTS_CLAIM_TAKEN`, `EVENTS_INDEX_INCOMPLETE`, and what the group commit throws.
 */
export async function submitGroup(parts: SubmitParts, group: SealedGroup): Promise<GroupOutcome> {
  const { state, queue, signing, claims, usedKeys, own } = parts;
  requireOpen(state);
  requireGoverning(state);
  if (group.records.length === 0)
    throw new EventsError('EVENTS_RECORD_INVALID', 'expected at least one record to append');
  const joined = joinGroup(group, signing);
  const { claim, idempotency } = group.options;
  const used = idempotency && usedKeys.knows(group, idempotency.key, state.size);
  if (used) {
    if (await used) await usedKeys.requireStored(idempotency.key);
    requireOpen(state);
  }
  if (claim !== undefined) {
    await requireFree(parts, claim, idempotency?.key);
    requireOpen(state);
  }
  const outcome = await queue.submit(joined);
  const { duplicate, first, types } = outcome;
  if (idempotency) usedKeys.add(idempotency.key);
  if (!duplicate) claims.note(first, types.length, claim);
  for (const [at, type] of types.entries()) own.note(first + at, type);
  state.size = Math.max(state.size, first + types.length);
  return outcome;
}

/** A durable append. Its receipts are made on first access; most callers never read them. */
class Committed implements Appended {
  readonly ids: readonly string[];
  readonly duplicate: boolean;
  readonly #outcome: GroupOutcome;
  #receipts: Promise<readonly Receipt[]> | undefined;

  constructor(outcome: GroupOutcome) {
    this.ids = outcome.ids;
    this.duplicate = outcome.duplicate;
    this.#outcome = outcome;
  }

  get receipts(): Promise<readonly Receipt[]> {
    this.#receipts ??= promised(() => this.#outcome.receipts());
    return this.#receipts;
  }
}

/** What an append answers of a group that is durable. */
export function appendedOf(outcome: GroupOutcome): Appended {
  return new Committed(outcome);
}
