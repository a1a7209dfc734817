import type { EvidenceContext, EvidenceReader, EvidenceRecord } from '@spanforge/core-events';
import { executionEndedV1, executionStartedV1 } from '@spanforge/core-events/records';
import { readStoredValue } from '../evidence/stored-value.js';
import { joinLabels } from './labels.js';
import { addPast, NO_PAST, type PastEntry, type PastLimits, type PastTrace } from './past-trace.js';

/** What names the trace of a call. */
export type TraceKey = Pick<EvidenceContext, 'tenant' | 'run' | 'traceId'>;

const PAGE = 1000;
const TYPES = [executionStartedV1.key, executionEndedV1.key];

/** A call as its records describe it, without its values. */
interface Ended {
  readonly ended: EvidenceRecord;
  readonly started: EvidenceRecord | undefined;
  readonly kind: PastEntry['kind'];
}

async function* recordsOf(
  log: EvidenceReader,
  { tenant, run, traceId }: TraceKey,
): AsyncGenerator<EvidenceRecord> {
  let cursor: number | undefined = 0;
  while (cursor !== undefined) {
    const page = await log.query({ traceId, tenant, types: TYPES, cursor, limit: PAGE });
    for (const record of page.records) {
      const lived = record.mode === 'live' || record.mode === 'shadow';
      if (lived && record.context.run === run) yield record;
    }
    cursor = page.next;
  }
}

async function entryOf(log: EvidenceReader, { ended, started, kind }: Ended): Promise<PastEntry> {
  const { callId, tool, labels = [], values = {} } = executionEndedV1.fromWire(ended.body);
  const given = started && executionStartedV1.fromWire(started.body).values?.args;
  const released = kind === 'error' ? values.error : (values.released ?? values.result);
  return {
    callId,
    tool,
    kind,
    labels,
    args: started && (await readStoredValue(log, started.index, given)),
    value: await readStoredValue(log, ended.index, released),
    endedAt: ended.index,
  };
}

function endedOf(record: EvidenceRecord, starts: Map<string, EvidenceRecord>): Ended | undefined {
  const { status, executed, startedId = '' } = executionEndedV1.fromWire(record.body);
  const started = starts.get(startedId);
  // A withheld result may be released later, by another ending.
  if (status !== 'withheld') starts.delete(startedId);
  if (status !== 'completed' && !(status === 'failed' && executed)) return undefined;
  return { ended: record, started, kind: status === 'failed' ? 'error' : 'result' };
}

/**
 * Reads the calls of a trace back from the log, within the limits. Values that were erased are
 * missing.
 *
 * @throws what the log throws: a trace that cannot be read is not taken for an empty one.
 */
export async function readPast(
  log: EvidenceReader,
  name: TraceKey,
  limits: PastLimits,
): Promise<PastTrace> {
  // Most traces are new when they are first seen, and this is the cheapest way to find out.
  const { traceId } = name;
  const any = await log.query({ traceId, limit: 1 });
  if (any.records.length === 0 && any.next === undefined) return NO_PAST;
  const starts = new Map<string, EvidenceRecord>();
  const kept: Ended[] = [];
  let past = NO_PAST;
  for await (const record of recordsOf(log, name)) {
    if (record.type === executionStartedV1.key) starts.set(record.id, record);
    else {
      const ended = endedOf(record, starts);
      if (ended) kept.push(ended);
      const gone = kept.length > limits.maxCalls ? kept.shift() : undefined;
      if (gone) {
        const { labels = [] } = executionEndedV1.fromWire(gone.ended.body);
        past = { ...past, whole: false, carried: joinLabels(past.carried, labels) };
      }
    }
  }
  for (const one of kept) past = addPast(past, await entryOf(log, one), limits);
  return past;
}
