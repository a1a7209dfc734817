import type { EvidenceRecord } from '@spanforge/core-events';
import type { OperatorLog } from '../log-state.js';

/** Records that were read together. */
export interface TraceChunk {
  readonly records: readonly EvidenceRecord[];
  /** How many more could not be read. */
  readonly unreadable: number;
}

/** What is found out about a log while it is read once, chunk by chunk, in order. */
export interface ChunkAudit<Found> {
  add(chunk: TraceChunk): Promise<void>;
  finish(): Promise<Found>;
}

/** Stored rows hold some hundred records: few of them are cut by the end of what is read at once. */
const CHUNK = 2048;

/**
 * Reads a whole log, as long as it is at the start.
 *
 * @param onProgress Called after every chunk.
 * @throws {EventsError} of the store.
 */
export async function* eachChunk(
  log: OperatorLog,
  onProgress?: (index: number, size: number) => void,
): AsyncGenerator<TraceChunk> {
  const size = await log.size();
  for (let from = 0; from < size; ) {
    const stored = await log.store.read(from, Math.min(CHUNK, size - from));
    // A hole has no end that could be believed: `fsck` says that records are missing from there on.
    if (stored.length === 0) return;
    const decoded = log.decodeMany?.(stored) ?? stored.map(log.decode);
    const records = decoded.flatMap((one) => (one.ok ? [one.record] : []));
    yield { records, unreadable: stored.length - records.length };
    from += stored.length;
    onProgress?.(from, size);
  }
}
