import {
  type EvidenceReader,
  type EvidenceRecord,
  eachRecord,
  type Outcome,
  type RecordQuery,
  readRecords,
  strictest,
} from '@spanforge/core-events';
import { executionEndedV1, executionStartedV1 } from '@spanforge/core-events/records';
import { OperatorError } from '../error.js';
import { outcomeIn, textOf, textsOf } from './body.js';
import { decisionIn } from './decisions.js';
import { type BrokenRecord, skipBroken } from './read-trace.js';

const DEFAULT_LIMIT = 20;
const MAX_LIMIT = 10_000;

/**
 * Which traces are asked for. Every given part must hold of one call of a trace, or, where a trace
 * has no call at all, of one decision of it. `rule` holds of a call that rests on a decision in which
 * the rule had a say; `subject` of all calls of a trace in which something about the subject is on
 * record.
 */
export interface TraceQuery extends Omit<RecordQuery, 'types'> {
  /** How many traces, 1 to 10,000; 20 when absent. */
  readonly limit?: number;
}

/** A trace as a list shows it, of the calls that fit. */
export interface ListedTrace {
  readonly traceId: string;
  /** RFC 3339, UTC: of the last call that fits. */
  readonly lastTime: string;
  /** 0 where decisions were asked for and no call was made. */
  readonly calls: number;
  /** The strictest of them. */
  readonly outcome: Outcome;
  /** What became of the last one; `not_called` where no call was made. */
  readonly lastStatus: string;
  readonly tools: readonly string[];
  readonly agents: readonly string[];
  readonly actors: readonly string[];
}

/** Traces, newest first. */
export interface TraceList {
  readonly traces: readonly ListedTrace[];
  /** Records that are not authentic, and that no trace is listed by; absent when there are none. */
  readonly broken?: readonly BrokenRecord[];
  /** Whether more traces fit than were asked for. */
  readonly more: boolean;
}

const distinct = (names: readonly string[]): readonly string[] => [...new Set(names)];

/** Ids of the records that a record rests on: a call's decisions. */
const basisOf = ({ body }: EvidenceRecord): readonly string[] => textsOf(body, 'decisions');

/** Where records are looked for: another place may have a trace of the same name. */
const placeOf = ({ tenant, project }: TraceQuery): Pick<RecordQuery, 'tenant' | 'project'> => ({
  ...(tenant === undefined ? {} : { tenant }),
  ...(project === undefined ? {} : { project }),
});

/** The records whose traces may fit, found by the rarest of what is asked for. */
function candidateQuery({ limit: _, ...query }: TraceQuery): RecordQuery {
  const { subject, rule, traceId, run } = query;
  if (subject === undefined && rule === undefined) return query;
  // Only the place: what else is asked of a call need not hold of the record that names these.
  return {
    ...(traceId === undefined ? {} : { traceId }),
    ...(run === undefined ? {} : { run }),
    ...placeOf(query),
    ...(subject === undefined ? { rule } : { subject }),
  } as RecordQuery;
}

async function exists(reader: EvidenceReader, query: RecordQuery): Promise<boolean> {
  return (await reader.query({ ...query, limit: 1 })).records.length > 0;
}

async function fittingCalls(
  reader: EvidenceReader,
  query: RecordQuery,
  rule: string | undefined,
): Promise<readonly EvidenceRecord[]> {
  const calls = await readRecords(reader, { ...query, types: [executionEndedV1.key] });
  if (rule === undefined || calls.length === 0) return calls;
  const { traceId } = query;
  const where = { ...placeOf(query), ...(traceId === undefined ? {} : { traceId }) };
  const asked = await readRecords(reader, { ...where, rule });
  const ids = new Set(asked.map(({ id }) => id));
  return calls.filter((call) => basisOf(call).some((id) => ids.has(id)));
}

const isCall = ({ type }: EvidenceRecord): boolean =>
  type === executionStartedV1.key || type === executionEndedV1.key;

const isDecision = (record: EvidenceRecord): boolean =>
  record.mode === 'live' && decisionIn(record) !== undefined;

/** The calls of a trace that fit; where none ever ended, what began and what was decided. */
async function fittingIn(
  reader: EvidenceReader,
  traceId: string,
  { limit: _, rule, subject, ...query }: TraceQuery,
): Promise<readonly EvidenceRecord[]> {
  const place = placeOf(query);
  if (subject !== undefined && !(await exists(reader, { ...place, traceId, subject }))) return [];
  const ended = await fittingCalls(reader, { ...query, traceId }, rule);
  if (ended.length > 0) return ended;
  if (await exists(reader, { ...place, traceId, types: [executionEndedV1.key] })) return [];
  const asked = rule === undefined ? {} : { rule };
  const records = await readRecords(reader, { ...query, ...asked, traceId });
  return records.filter((record) => isCall(record) || isDecision(record));
}

function statusOf(record: EvidenceRecord): string {
  if (record.type === executionStartedV1.key) return 'started';
  return record.type === executionEndedV1.key
    ? (textOf(record.body, 'status') ?? '')
    : 'not_called';
}

function listed(traceId: string, fitting: readonly EvidenceRecord[]): ListedTrace | undefined {
  const last = fitting.at(-1);
  if (last === undefined) return undefined;
  return {
    traceId,
    lastTime: last.time,
    calls: fitting.filter(isCall).length,
    outcome: fitting.flatMap((one) => outcomeIn(one) ?? []).reduce(strictest, 'allow'),
    lastStatus: statusOf(last),
    tools: distinct(fitting.flatMap(({ body }) => textOf(body, 'tool') ?? [])),
    agents: distinct(fitting.map(({ context }) => context.agent)),
    actors: distinct(fitting.map(({ context }) => context.actor)),
  };
}

function limitOf({ limit = DEFAULT_LIMIT }: TraceQuery): number {
  if (Number.isSafeInteger(limit) && limit > 0 && limit <= MAX_LIMIT) return limit;
  const message = `limit: expected 1 to ${MAX_LIMIT}`;
  throw new OperatorError('OPERATOR_OPTIONS_INVALID', message, { details: { path: '$.limit' } });
}

/** Finds the traces that fit, newest first, by the terms of the log. */
export async function findTraces(log: EvidenceReader, query: TraceQuery): Promise<TraceList> {
  const limit = limitOf(query);
  const broken = new Map<number, BrokenRecord>();
  const reader = skipBroken(log, (record) => broken.set(record.index, record));
  const found = await collectTraces(reader, query, limit);
  if (broken.size === 0) return found;
  return { ...found, broken: [...broken.values()].sort((a, b) => a.index - b.index) };
}

async function collectTraces(
  reader: EvidenceReader,
  query: TraceQuery,
  limit: number,
): Promise<Pick<TraceList, 'traces' | 'more'>> {
  const looked = new Set<string>();
  const traces: ListedTrace[] = [];
  for await (const { context } of eachRecord(reader, candidateQuery(query), {
    newestFirst: true,
  })) {
    const { traceId } = context;
    if (looked.has(traceId)) continue;
    looked.add(traceId);
    const found = listed(traceId, await fittingIn(reader, traceId, query));
    if (found === undefined) continue;
    if (traces.length === limit) return { traces, more: true };
    traces.push(found);
  }
  return { traces, more: false };
}
