import { type EvidenceReader, type EvidenceRecord, readValues } from '@spanforge/core-events';
import {
  executionEndedV1,
  executionStartedV1,
  policyLifecycleV1,
} from '@spanforge/core-events/records';
import { sha256, toHex } from '@spanforge/core-signing';
import { openDisclosed } from '@spanforge/policy/internal';
import type { EarlierCall, RecordedHistory } from './recorded.js';

/** The history that facts need, read from the log and cached within limits. */
export interface LogHistory {
  of(record: EvidenceRecord): RecordedHistory;
}

interface TraceCall extends EarlierCall {
  /** Index of the record that ended it. */
  readonly endedAt: number;
}

/** The number of traces whose calls are cached; the least recently used one goes first. */
const MAX_TRACES = 64;
const PAGE = 1000;

/** @param end The log is read up to this index, exclusive. */
export function createHistory(reader: EvidenceReader, end: number): LogHistory {
  const traces = new Map<string, Promise<readonly TraceCall[]>>();
  let bundles: Promise<ReadonlyMap<string, unknown>> | undefined;

  function callsOf(tenant: string, traceId: string): Promise<readonly TraceCall[]> {
    const key = `${tenant}\n${traceId}`;
    const calls = traces.get(key) ?? readCalls(reader, { tenant, traceId }, end);
    traces.delete(key);
    traces.set(key, calls);
    const [oldest] = traces.keys();
    if (traces.size > MAX_TRACES && oldest !== undefined) traces.delete(oldest);
    return calls;
  }

  return {
    of: ({ index, context: { tenant, traceId } }) => ({
      async calls() {
        return (await callsOf(tenant, traceId)).filter(({ endedAt }) => endedAt < index);
      },
      async bundle(digest) {
        bundles ??= readBundles(reader, end);
        return (await bundles).get(digest);
      },
    }),
  };
}

async function* recordsOf(
  reader: EvidenceReader,
  query: { readonly types: readonly string[]; readonly tenant?: string; readonly traceId?: string },
  end: number,
): AsyncGenerator<EvidenceRecord> {
  let cursor: number | undefined = 0;
  while (cursor !== undefined && cursor < end) {
    const page = await reader.query({ ...query, cursor, limit: PAGE });
    for (const record of page.records) if (record.index < end) yield record;
    cursor = page.next;
  }
}

/** Calls of a trace that were completed and released, in the order of their ends. */
async function readCalls(
  reader: EvidenceReader,
  trace: { readonly tenant: string; readonly traceId: string },
  end: number,
): Promise<readonly TraceCall[]> {
  const started = new Map<string, EvidenceRecord>();
  const calls: TraceCall[] = [];
  const types = [executionStartedV1.key, executionEndedV1.key];
  for await (const record of recordsOf(reader, { ...trace, types }, end)) {
    // A call in shadow mode ran; one that was only replayed did not.
    if (record.mode !== 'live' && record.mode !== 'shadow') continue;
    if (record.type === executionStartedV1.key) started.set(record.id, record);
    else {
      const call = await readCall(reader, record, started);
      if (call !== undefined) calls.push(call);
    }
  }
  return calls;
}

async function readCall(
  reader: EvidenceReader,
  ended: EvidenceRecord,
  started: ReadonlyMap<string, EvidenceRecord>,
): Promise<TraceCall | undefined> {
  const { tool, status, startedId, values } = executionEndedV1.fromWire(ended.body);
  if (status !== 'completed') return undefined;
  const place = { tool, endedAt: ended.index };
  // The released result, if it differs from the tool's answer.
  const name = values?.released === undefined ? 'result' : 'released';
  const result = await disclosedValue(reader, ended, name, values?.[name]);
  if (result === undefined) return { ...place, lost: 'result' };
  const start = startedId === undefined ? undefined : started.get(startedId);
  if (start === undefined) return { ...place, lost: 'args' };
  const committed = executionStartedV1.fromWire(start.body).values?.args;
  const args = await disclosedValue(reader, start, 'args', committed);
  if (args === undefined) return { ...place, lost: 'args' };
  return { ...place, call: { tool, args: args.value, result: result.value } };
}

async function disclosedValue(
  reader: EvidenceReader,
  record: EvidenceRecord,
  name: string,
  committed: string | undefined,
): Promise<{ readonly value: unknown } | undefined> {
  if (committed === undefined) return undefined;
  const disclosed = await reader.disclosures(record.index);
  // A value is stored with one record of its trace, which need not be this one.
  const disclosure =
    disclosed.find((one) => one.name === name) ??
    (await readValues(reader, [record])).get(committed);
  return disclosure && openDisclosed(disclosure, committed);
}

/** The bundles in the log by digest, with the parts that facts depend on. */
async function readBundles(
  reader: EvidenceReader,
  end: number,
): Promise<ReadonlyMap<string, unknown>> {
  const bundles = new Map<string, unknown>();
  const open = new Map<string, string[]>();
  for await (const record of recordsOf(reader, { types: [policyLifecycleV1.key] }, end)) {
    if (record.mode !== 'live') continue;
    const { digest, bundle, part, environment } = policyLifecycleV1.fromWire(record.body);
    if (digest === undefined || bundle === undefined) continue;
    const key = `${digest}\n${environment}`;
    const parts = part === undefined || part.number === 1 ? [] : (open.get(key) ?? []);
    parts.push(bundle);
    if (part === undefined || part.number === part.of) {
      open.delete(key);
      const text = readText(parts.join(''), digest);
      if (text !== undefined) bundles.set(digest, text);
    } else open.set(key, parts);
  }
  return bundles;
}

function readText(text: string, digest: string): unknown {
  if (toHex(sha256(text)) !== digest) return undefined;
  const { facts, tools } = JSON.parse(text) as { facts?: unknown; tools?: unknown };
  return { facts, tools };
}
