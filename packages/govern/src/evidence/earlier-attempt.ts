import {
  type EvidenceReader,
  type EvidenceRecord,
  eachRecord,
  type Receipt,
} from '@spanforge/core-events';
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
      readonly ended: EvidenceRecord;
    };

interface FoundEnding {
  readonly ending: ExecutionEndedBody;
  readonly ended: EvidenceRecord;
}

/** Endings read at a time: most calls end within a few records of their start. */
const NEAR = 32;

function attemptOf(
  started: EvidenceRecord | undefined,
  ended: FoundEnding | undefined,
): EarlierAttempt {
  if (ended) return { kind: 'ended', started, ...ended };
  return started ? { kind: 'unended', started } : { kind: 'unknown' };
}

async function firstEnding(
  log: EvidenceReader,
  run: string,
  { id, index: start }: Receipt,
  newestFirst: boolean,
): Promise<FoundEnding | undefined> {
  const query = { run, types: [executionEndedV1.key] };
  const options = newestFirst ? { newestFirst } : { from: start, pageSize: NEAR };
  for await (const ended of eachRecord(log, query, options)) {
    if (ended.index < start) return undefined;
    const ending = executionEndedV1.fromWire(ended.body);
    if (ending.startedId === id) return { ending, ended };
  }
  return undefined;
}

/**
 * Finds an earlier attempt by the receipts of the records it started with: its start by position,
 * its ending from there on, so that the rest of the run is not read. Only a withheld result, which
 * may have been released later, is looked for from the end of the run.
 *
 * @throws what the log throws.
 */
export async function findEarlierAttempt(
  log: EvidenceReader,
  run: string,
  receipts: readonly Receipt[],
): Promise<EarlierAttempt> {
  const start = receipts.find(({ type }) => type === executionStartedV1.key);
  if (start === undefined) return { kind: 'unknown' };
  const query = { run, types: [executionStartedV1.key], cursor: start.index, limit: 1 };
  const [found] = (await log.query(query)).records;
  const started = found?.id === start.id ? found : undefined;
  const first = await firstEnding(log, run, start, false);
  if (first?.ending.status !== 'withheld') return attemptOf(started, first);
  return attemptOf(started, (await firstEnding(log, run, start, true)) ?? first);
}
