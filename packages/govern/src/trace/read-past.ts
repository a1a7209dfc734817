import {
  type EvidenceContext,
  type EvidenceReader,
  type EvidenceRecord,
  eachRecord,
} from '@spanforge/core-events';
import { executionEndedV1, executionStartedV1 } from '@spanforge/core-events/records';
import { readStoredValue } from '../evidence/stored-value.js';
import { joinLabels } from './labels.js';
import { addPast, NO_PAST, type PastEntry, type PastLimits, type PastTrace } from './past-trace.js';

/** What names the run of a call. */
export type RunKey = Pick<EvidenceContext, 'tenant' | 'run'>;

const TYPES = [executionStartedV1.key, executionEndedV1.key];

/** A call as its records describe it, without its values. */
interface Ended {
  readonly ended: EvidenceRecord;
  readonly started: EvidenceRecord | undefined;
  readonly kind: PastEntry['kind'];
}

async function* recordsOf(
  log: EvidenceReader,
  { tenant, run }: RunKey,
): AsyncGenerator<EvidenceRecord> {
  const records = log.readRun?.(run, TYPES) ?? eachRecord(log, { run, tenant, types: TYPES });
  for await (const record of records) {
    if (record.context.tenant !== tenant) continue;
    if (record.mode === 'live' || record.mode === 'shadow') yield record;
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
    args: started && (await readStoredValue(log, started, given)),
    value: await readStoredValue(log, ended, released),
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
 * Reads the calls of a run, over all its traces, back from the log, within the limits. Values that were erased are
 * missing.
 *
 * @throws what the log throws: a run that cannot be read must not look like an empty one.
 */
export async function readPast(
  log: EvidenceReader,
  name: RunKey,
  limits: PastLimits,
): Promise<PastTrace> {
  if (!log.readRun) {
    // Most runs are new when they are first seen, and this is the cheapest way to find out.
    const { run } = name;
    const any = await log.query({ run, limit: 1 });
    if (any.records.length === 0 && any.next === undefined) return NO_PAST;
  }
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
