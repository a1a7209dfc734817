import { fromUtf8 } from '@spanforge/core-signing';
import { type Clock, systemClock } from '../clock.js';
import { readLatestCheckpoint } from './checkpoint-store.js';
import type { EvidenceStore } from './store.js';

/** The records that no released checkpoint covers; they could still be removed unnoticed. */
export interface UnpublishedTail {
  /** Size of the log. */
  readonly size: number;
  /** Size of the newest released checkpoint; 0 when there is none. */
  readonly publishedSize: number;
  /** Records beyond it. */
  readonly records: number;
  /** How old the first of them is by its writer's time, in milliseconds; absent when there is none. */
  readonly ageMs?: number;
}

function timeOf(bytes: Uint8Array): number {
  try {
    const { time } = JSON.parse(fromUtf8(bytes)) as { time?: unknown };
    return Date.parse(String(time));
  } catch {
    return Number.NaN;
  }
}

/**
 * How much of a log is not published yet. Reads the newest checkpoint and one record; does not check
 * the checkpoint's signature, which `fsck` and verifiers do.
 *
 * @throws {EventsError} `EVENTS_STORE_UNAVAILABLE`; `EVENTS_STORE_INVALID` when the checkpoint cannot
 *   be read.
 */
export async function readUnpublishedTail(
  store: EvidenceStore,
  clock: Clock = systemClock,
): Promise<UnpublishedTail> {
  // Read the checkpoint first: the log only grows, so its size cannot be smaller.
  const publishedSize = (await readLatestCheckpoint(store))?.size ?? 0;
  const size = await store.size();
  const records = Math.max(0, size - publishedSize);
  const [first] = records > 0 ? await store.read(publishedSize, 1) : [];
  const ageMs = first ? Math.max(0, clock() - timeOf(first.bytes)) : Number.NaN;
  return { size, publishedSize, records, ...(Number.isNaN(ageMs) ? {} : { ageMs }) };
}
