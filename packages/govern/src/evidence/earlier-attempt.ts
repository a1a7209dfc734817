import type { EvidenceReader, EvidenceRecord } from '@spanforge/core-events';
import {
  type ExecutionEndedBody,
  executionEndedV1,
  executionStartedV1,
} from '@spanforge/core-events/records';

/** An earlier attempt at the same call, as its records tell it. */
export type EarlierAttempt =
  /** Its records could not be found or read. */
  | { readonly kind: 'unknown' }
  /** It started, and its ending is not on record. */
  | { readonly kind: 'unended'; readonly started: EvidenceRecord }
  | {
      readonly kind: 'ended';
      /** Absent when it was pruned. */
      readonly started: EvidenceRecord | undefined;
      /** The last of its endings. */
      readonly ending: ExecutionEndedBody;
      /** Position of that ending in the log. */
      readonly endedAt: number;
    };

const PAGE = 1000;
const TYPES = [executionStartedV1.key, executionEndedV1.key];

function attemptOf(
  started: EvidenceRecord | undefined,
  ended: { readonly ending: ExecutionEndedBody; readonly endedAt: number } | undefined,
): EarlierAttempt {
  if (ended) return { kind: 'ended', started, ...ended };
  return started ? { kind: 'unended', started } : { kind: 'unknown' };
}

/** Finds an earlier attempt by the ids of the records it started with. @throws what the log throws. */
export async function findEarlierAttempt(
  log: EvidenceReader,
  run: string,
  ids: readonly string[],
): Promise<EarlierAttempt> {
  let ended: { ending: ExecutionEndedBody; endedAt: number } | undefined;
  let cursor: number | undefined;
  do {
    const query = { run, types: TYPES, newestFirst: true, limit: PAGE };
    const page = await log.query(cursor === undefined ? query : { ...query, cursor });
    for (const record of page.records) {
      if (record.type === executionStartedV1.key) {
        if (ids.includes(record.id)) return attemptOf(record, ended);
        continue;
      }
      if (ended !== undefined) continue;
      const ending = executionEndedV1.fromWire(record.body);
      const { startedId } = ending;
      if (startedId !== undefined && ids.includes(startedId)) {
        ended = { ending, endedAt: record.index };
      }
    }
    cursor = page.next;
  } while (cursor !== undefined);
  return attemptOf(undefined, ended);
}
