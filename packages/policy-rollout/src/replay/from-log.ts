import {
  type Disclosure,
  type EvidenceReader,
  type EvidenceRecord,
  type PolicyRequest,
  readValues,
} from '@spanforge/core-events';
import { policyDecisionV1 } from '@spanforge/core-events/records';
import { concatBytes, matchesDisclosure, sha256, toHex } from '@spanforge/core-signing';
import { namesMore, openRecordedRequest } from '@spanforge/policy/internal';
import { createHistory, type LogHistory } from './history.js';
import type { NotReplayable, RecordedDecision, RecordedVerdict } from './recorded.js';

/** Which decisions of a log are read. */
export interface LogSourceOptions {
  readonly reader: EvidenceReader;
  readonly tenant?: string;
  readonly project?: string;
  readonly traceId?: string;
  /** Only decisions of this application's own policy; those of all when absent. */
  readonly application?: string;
  /** Epoch milliseconds, inclusive. */
  readonly fromTimeMs?: number;
  /** Epoch milliseconds, exclusive. */
  readonly toTimeMs?: number;
  /** Is told, now and then, up to which index the log has been read, and where it ends. */
  readonly onRead?: (index: number, end: number) => void;
}

/** The live decisions of an evidence log, in log order, as far as the log went when it was asked. */
export interface LogSource extends AsyncIterable<RecordedDecision> {
  /**
   * SHA-256 that pins what has been read so far: begun with 32 zero bytes, it is taken over itself
   * and the leaf hash of each record in turn. Hex.
   */
  inputDigest(): string;
}

const PAGE = 1000;
/** Disclosures may have 1 MiB each: no more than so many are held at once. */
const AT_ONCE = 32;

/**
 * Reads decisions from an evidence log, each with its request where that is disclosed and is what
 * the record commits to. Iterating again reads again.
 *
 * @throws {EventsError} while iterating: `EVENTS_RECORD_TAMPERED`, `EVENTS_STORE_UNAVAILABLE`.
 */
export function decisionsOfLog(options: LogSourceOptions): LogSource {
  const { reader, onRead, application, ...filter } = options;
  let digest = new Uint8Array(32);
  async function* read(): AsyncGenerator<RecordedDecision> {
    digest = new Uint8Array(32);
    const end = await reader.size();
    const history = createHistory(reader, end);
    let cursor: number | undefined = 0;
    while (cursor !== undefined) {
      const page = await reader.query({
        ...filter,
        types: [policyDecisionV1.key],
        cursor,
        limit: PAGE,
      });
      const isAsked = (record: EvidenceRecord): boolean =>
        application === undefined || bodyOf(record)?.application === application;
      const live = page.records.filter(
        (one) => one.mode === 'live' && one.index < end && isAsked(one),
      );
      for (let at = 0; at < live.length; at += AT_ONCE) {
        const records = live.slice(at, at + AT_ONCE);
        const bodies = records.map(bodyOf);
        const { disclosed, shared } = await readDisclosed(reader, records, bodies, end);
        for (const [i, record] of records.entries()) {
          digest = pin(digest, record.leaf);
          const own = disclosed[i] ?? [];
          yield readDecision(
            record,
            bodies[i],
            (name, value) => findOwn(own, name, value) ?? shared.get(value),
            history,
          );
        }
      }
      onRead?.(Math.min(page.next ?? end, end), end);
      cursor = page.next !== undefined && page.next < end ? page.next : undefined;
    }
  }
  return { [Symbol.asyncIterator]: read, inputDigest: () => toHex(digest) };
}

function pin(digest: Uint8Array, leaf: Uint8Array): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(sha256(concatBytes(digest, leaf)));
}

/** Records before and after some decisions that a value of theirs may be stored with. */
const NEAR = 16;
/** No more records than this are read for what is stored with them. */
const MAX_NEAR = 256;

interface Disclosed {
  /** What is stored with each record. */
  readonly disclosed: readonly (readonly Disclosure[])[];
  /** Values that are stored with other records of the trace, by digest. */
  readonly shared: ReadonlyMap<string, Disclosure>;
}

/**
 * What the decisions disclose. A value is stored with one record of its trace, most often beside the
 * decision: those records are read together, and only what is not there is looked for in the trace.
 */
async function readDisclosed(
  reader: EvidenceReader,
  records: readonly EvidenceRecord[],
  bodies: readonly (Body | undefined)[],
  end: number,
): Promise<Disclosed> {
  const from = Math.max(0, (records[0]?.index ?? 0) - NEAR);
  const to = Math.min(end, (records.at(-1)?.index ?? 0) + NEAR + 1);
  const own = records.map(({ index }) => index);
  const together = to - from <= MAX_NEAR;
  const indexes = together ? Array.from({ length: to - from }, (_, at) => from + at) : own;
  const read = reader.disclosuresOf
    ? await reader.disclosuresOf(indexes)
    : await Promise.all(own.map((index) => reader.disclosures(index)));
  const ofOwn = reader.disclosuresOf !== undefined && together;
  const disclosed = ofOwn ? own.map((index) => read[index - from] ?? []) : read;
  const near = new Map<string, Disclosure>();
  for (const one of read.flat()) near.set(one.digest, one);
  const shared = new Map<string, Disclosure>();
  const lost = records.filter((_, at) => {
    const values = bodies[at]?.values;
    const known = disclosed[at] ?? [];
    if (!namesMore(values, known)) return false;
    const beside = Object.values(values ?? {}).flatMap((digest) => {
      const one = near.get(digest);
      return one && matchesDisclosure(one) ? [one] : [];
    });
    for (const one of beside) shared.set(one.digest, one);
    return namesMore(values, [...known, ...beside]);
  });
  for (const [digest, one] of await readValues(reader, lost)) shared.set(digest, one);
  return { disclosed, shared };
}

/** Answers of the service itself, when it could not ask a policy. */
const NOT_DECIDED = new Set([
  'state_unavailable',
  'policy_unreadable',
  'request_unreadable',
  'environment_mismatch',
  'evidence_unavailable',
  'counter_unavailable',
]);

type FindValue = (name: string, digest: string) => Disclosure | undefined;

/** One that does not have the digest is told as altered, so it is found by its name. */
const findOwn = (
  disclosed: readonly Disclosure[],
  name: string,
  digest: string,
): Disclosure | undefined =>
  disclosed.find((one) => one.digest === digest) ?? disclosed.find((one) => one.name === name);

function readDecision(
  record: EvidenceRecord,
  body: Body | undefined,
  find: FindValue,
  history: LogHistory,
): RecordedDecision {
  const { id, context } = record;
  const { traceId, tenant } = context;
  if (body === undefined) {
    const missing = { reason: 'unreadable', missing: ['record'] } as const;
    return { id, traceId, tenant, service: '', control: '', missing };
  }
  const { service, control, tool, reasonCode, values } = body;
  const place = { id, traceId, tenant, service, control, ...(tool === undefined ? {} : { tool }) };
  const before = recordedVerdict(body, record.policy?.digest);
  if (NOT_DECIDED.has(reasonCode)) {
    return { ...place, before, missing: { reason: 'not_decided', missing: [reasonCode] } };
  }
  const read = readRequest(values, find);
  if ('reason' in read) return { ...place, before, missing: read };
  return { ...place, before, request: read, history: history.of(record) };
}

type Body = ReturnType<typeof policyDecisionV1.fromWire>;

function bodyOf(record: EvidenceRecord): Body | undefined {
  try {
    return policyDecisionV1.fromWire(record.body);
  } catch {
    return undefined;
  }
}

function recordedVerdict(body: Body, digest: string | undefined): RecordedVerdict {
  const { outcome, obligations = [], reason, rules } = body;
  // On the wire an absent part is left out, never `undefined`.
  const verdict = { outcome, obligations, reason, rules } as RecordedVerdict;
  return digest === undefined ? verdict : { ...verdict, digest };
}

/** The request a record commits to. */
function readRequest(values: Body['values'], find: FindValue): PolicyRequest | NotReplayable {
  const opened = openRecordedRequest(values, find);
  if ('reason' in opened) return { reason: opened.reason, missing: [opened.missing] };
  const { request } = opened;
  return isRequest(request) ? request : { reason: 'unreadable', missing: ['request'] };
}

function isRequest(value: unknown): value is PolicyRequest {
  if (typeof value !== 'object' || value === null) return false;
  const { service, control, time } = value as Partial<PolicyRequest>;
  return typeof service === 'string' && typeof control === 'string' && typeof time === 'number';
}
