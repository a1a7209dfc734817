import { EventsError, type EvidenceRecord } from '@spanforge/core-events';
import {
  type Checkpointer,
  createProver,
  freezeAdvice,
  type SignedCheckpoint,
  type SignedIndexHead,
} from '@spanforge/core-events/log';
import { OperatorError } from '../error.js';
import { latestCheckpoint, type OperatorLog, standingCheckpoint } from '../log-state.js';
import type { CheckpointCosigner } from '../witness/cosigner.js';
import type { ExportOptions, ExportParts, LogDamage } from './export-options.js';

/** A checkpoint, with the signed index of the same size where there is one. */
export type ProvenCheckpoint = SignedCheckpoint & {
  readonly index?: SignedIndexHead;
  /** What became of the log since, where this is an older one that stands. */
  readonly damage?: LogDamage;
};

const RETRY_MS = 50;
/** A little longer than a lease lasts whose holder was killed. */
const MOST_TRIES = 240;

/**
 * While another process signs this log, what it released last may already do; else it is waited for, until it
 * released enough or this one may sign.
 */
async function signedOrLatest(
  checkpointer: Checkpointer,
  needed: number,
): Promise<ProvenCheckpoint | undefined> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await checkpointer.provable();
    } catch (error) {
      if (!EventsError.is(error) || error.code !== 'EVENTS_LEASE_HELD') throw error;
    }
    const latest = await checkpointer.latest();
    if (tries >= MOST_TRIES || (latest && latest.size >= needed)) return latest;
    await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
  }
}

/** The log contradicts what was signed, or its mark or a row of it cannot be read. */
const isDamage = (error: unknown): error is EventsError =>
  EventsError.is(error) &&
  (error.code === 'EVENTS_LOG_FROZEN' || error.code === 'EVENTS_STORE_INVALID');

/**
 * The checkpoint that was released last, for a log without a signer.
 *
 * @throws {EventsError} `EVENTS_LOG_FROZEN`.
 */
async function lastReleased({ log }: ExportParts): Promise<ProvenCheckpoint | undefined> {
  const refusal = log.status?.().refusal;
  if (refusal === undefined) return latestCheckpoint(log, undefined);
  const message = `the log is frozen: ${refusal}: ${freezeAdvice(refusal)}`;
  throw new EventsError('EVENTS_LOG_FROZEN', message, { details: { reason: refusal } });
}

/** A checkpoint; of a damaged log the newest that stands, where one is told of it. */
async function newestOrStanding(
  parts: ExportParts,
  { onDamaged }: ExportOptions,
  needed: number,
): Promise<ProvenCheckpoint | undefined> {
  const { log, logKey, checkpointer } = parts;
  try {
    return await (checkpointer ? signedOrLatest(checkpointer, needed) : lastReleased(parts));
  } catch (error) {
    if (!isDamage(error) || !onDamaged || !logKey) throw error;
    // The log may be whole, but nobody would believe what this key signs.
    if (error.details.reason === 'package_key_unknown') throw error;
    const standing = await standingCheckpoint(log, logKey, needed);
    if (!standing) throw error;
    const damage = {
      reason: String(error.details.reason ?? 'mark_unreadable'),
      size: standing.size,
    };
    onDamaged(damage);
    return { ...standing, damage };
  }
}

/**
 * A checkpoint over every selected record, newly signed where there is a signer.
 *
 * @throws {OperatorError} `OPERATOR_CHECKPOINT_UNAVAILABLE`.
 * @throws {EventsError} of the checkpointer; `EVENTS_LOG_FROZEN` of a damaged log of which no checkpoint stands.
 */
export async function coveringCheckpoint(
  parts: ExportParts,
  options: ExportOptions,
  records: readonly EvidenceRecord[],
): Promise<ProvenCheckpoint> {
  const needed = (records.at(-1)?.index ?? -1) + 1;
  const checkpoint = await newestOrStanding(parts, options, needed);
  if (checkpoint && checkpoint.size >= needed) return checkpoint;
  throw new OperatorError('OPERATOR_CHECKPOINT_UNAVAILABLE', 'no checkpoint covers the records', {
    details: { needed, size: checkpoint?.size ?? 0 },
  });
}

/** The checkpoint with the lines of witnesses. */
export async function cosigned<Signed extends SignedCheckpoint>(
  checkpoint: Signed,
  cosign: CheckpointCosigner,
  log: OperatorLog,
): Promise<Signed> {
  const prove = (oldSize: number) => createProver(log.store).consistency(oldSize, checkpoint.size);
  return { ...checkpoint, note: await cosign(checkpoint, prove) };
}
