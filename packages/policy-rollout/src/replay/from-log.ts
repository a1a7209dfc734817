import {
  type Disclosure,
  type EvidenceReader,
  type EvidenceRecord,
  type PolicyRequest,
  readValues,
} from '@spanforge/core-events';
import { policyDecisionV1 } from '@spanforge/core-events/records';
import { concatBytes, matchesDisclosure, sha256, toHex } from '@spanforge/core-signing';
import { namesMore, openDisclosed, openRecordedRequest } from '@spanforge/policy/internal';
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

/** Log sources that hand out their decisions many at a time. */
const grouped = new WeakMap<object, () => AsyncGenerator<Iterable<RecordedDecision>>>();

/**
 * The decisions of a source in groups, each opened as it is iterated: one promise for many decisions.
 * Undefined for a source that hands out one at a time.
 */
export function inGroups(source: object): AsyncIterable<Iterable<RecordedDecision>> | undefined {
  return grouped.get(source)?.();
}

/**
 * Reads decisions from an evidence log, each with its request where that is disclosed and is what
 * the record commits to. Iterating again reads again.
 *
 * @throws {EventsError} while iterating: `EVENTS_RECORD_TAMPERED`, `EVENTS_STORE_UNAVAILABLE`.
 */
export function decisionsOfLog(options: LogSourceOptions): LogSource {
  const { reader, onRead, application, ...filter } = options;
  let digest: Uint8Array = new Uint8Array(HASH_BYTES);
  function* decide(
    records: readonly EvidenceRecord[],
    bodies: readonly (Body | undefined)[],
    known: Disclosed,
    history: LogHistory,
  ): Generator<RecordedDecision> {
    for (const [at, record] of records.entries()) {
      digest = pin(digest, record.leaf);
      yield readDecision(record, bodies[at], known, at, history);
    }
  }
  async function* readGroups(): AsyncGenerator<Iterable<RecordedDecision>> {
    digest = new Uint8Array(HASH_BYTES);
    const end = await reader.size();
    const history = createHistory(reader, end);
    const cut = createCutter(reader.disclosuresOf !== undefined);
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
      for (let at = 0; at < live.length; ) {
        const records = live.slice(at, cut.endOf(live, at));
        const bodies = records.map(bodyOf);
        const disclosed = await readDisclosed(reader, records, bodies, end);
        cut.note(disclosed.characters);
        yield decide(records, bodies, disclosed, history);
        at += records.length;
      }
      onRead?.(Math.min(page.next ?? end, end), end);
      cursor = page.next !== undefined && page.next < end ? page.next : undefined;
    }
  }
  async function* read(): AsyncGenerator<RecordedDecision> {
    for await (const group of readGroups()) yield* group;
  }
  const source = { [Symbol.asyncIterator]: read, inputDigest: () => toHex(digest) };
  grouped.set(source, readGroups);
  return source;
}

const HASH_BYTES = 32;
const pinned = new Uint8Array(2 * HASH_BYTES);

function pin(digest: Uint8Array, leaf: Uint8Array): Uint8Array {
  if (leaf.length !== HASH_BYTES) return sha256(concatBytes(digest, leaf));
  pinned.set(digest);
  pinned.set(leaf, HASH_BYTES);
  return sha256(pinned);
}

/** Decisions of a group where disclosures cannot be read together. */
const FEW = 32;
/** Records whose disclosures are read together, at first and at most. */
const SPAN = { least: 256, most: 2048 } as const;
/** Characters of disclosures that a group should have: each may have 1 MiB, most have some hundred. */
const GROUP_CHARACTERS = 1024 * 1024;

/** Says how many decisions make a group: more while what they disclose is small. */
function createCutter(isTogether: boolean) {
  let span: number = SPAN.least;
  return {
    /** Where the group ends that begins at a position. */
    endOf(records: readonly EvidenceRecord[], from: number): number {
      if (!isTogether) return from + FEW;
      const end = (records[from]?.index ?? 0) + span - 2 * NEAR;
      let to = from + 1;
      while ((records[to]?.index ?? end) < end) to += 1;
      return to;
    },
    note(characters: number): void {
      if (characters > GROUP_CHARACTERS) span = SPAN.least;
      else if (characters < GROUP_CHARACTERS / 4) span = Math.min(SPAN.most, span * 2);
    },
  };
}

/** Records before and after some decisions that a value of theirs may be stored with. */
const NEAR = 16;

/** What is disclosed to the decisions of a group. */
interface Disclosed {
  /** What is stored with each record. */
  readonly own: readonly (readonly Disclosure[])[];
  /** Values that are stored with other records of the trace, by digest. */
  readonly shared: ReadonlyMap<string, Disclosure>;
  /** Opens a value: the arguments of a call are named by several of its decisions. */
  readonly open: OpenValue;
  /** How much was read. */
  readonly characters: number;
}

type OpenValue = typeof openDisclosed;

/** What was opened is remembered up to so many characters of text. */
const MAX_REMEMBERED = 64 * 1024;

/** Opens each text once. What is long, or not as it was committed to, is not remembered. */
function createOpener(): OpenValue {
  const opened = new Map<Disclosure, { readonly value: unknown }>();
  return (disclosure, committed) => {
    const known = disclosure.digest === committed ? opened.get(disclosure) : undefined;
    if (known !== undefined) return known;
    const value = openDisclosed(disclosure, committed);
    const short = disclosure.encoded.length <= MAX_REMEMBERED;
    if (value !== undefined && short && disclosure.digest === committed) {
      opened.set(disclosure, value);
    }
    return value;
  };
}

async function readTexts(
  reader: EvidenceReader,
  records: readonly EvidenceRecord[],
  end: number,
): Promise<{
  readonly own: readonly (readonly Disclosure[])[];
  readonly near: ReadonlyMap<string, Disclosure>;
  readonly characters: number;
}> {
  const indexes = records.map(({ index }) => index);
  const from = Math.max(0, (indexes[0] ?? 0) - NEAR);
  const to = Math.min(end, (indexes.at(-1) ?? 0) + NEAR + 1);
  const read = reader.disclosuresOf
    ? await reader.disclosuresOf(Array.from({ length: to - from }, (_, at) => from + at))
    : await Promise.all(indexes.map((index) => reader.disclosures(index)));
  const near = new Map<string, Disclosure>();
  let characters = 0;
  for (const disclosures of read) {
    for (const one of disclosures) {
      near.set(one.digest, one);
      characters += one.encoded.length;
    }
  }
  const own = reader.disclosuresOf ? indexes.map((index) => read[index - from] ?? []) : read;
  return { own, near, characters };
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
  const { own, near, characters } = await readTexts(reader, records, end);
  const open = createOpener();
  const shared = new Map<string, Disclosure>();
  const lost: EvidenceRecord[] = [];
  for (const [at, record] of records.entries()) {
    const values = bodies[at]?.values;
    const known = own[at] ?? [];
    if (values === undefined || !namesMore(values, known)) continue;
    const found = [...known];
    for (const name of Object.keys(values)) {
      const digest = values[name] ?? '';
      const one = known.some((mine) => mine.digest === digest) ? undefined : near.get(digest);
      if (one === undefined || !(open(one, digest) || matchesDisclosure(one))) continue;
      shared.set(digest, one);
      found.push(one);
    }
    if (namesMore(values, found)) lost.push(record);
  }
  if (lost.length > 0) {
    for (const [digest, one] of await readValues(reader, lost)) shared.set(digest, one);
  }
  return { own, shared, open, characters };
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
  disclosed: Disclosed,
  at: number,
  history: LogHistory,
): RecordedDecision {
  const { id, context } = record;
  const { traceId, tenant } = context;
  if (body === undefined) {
    const missing = { reason: 'unreadable', missing: ['record'] } as const;
    return { id, traceId, tenant, service: '', control: '', missing };
  }
  const { service, control, tool, reasonCode, values } = body;
  const before = recordedVerdict(body, record.policy?.digest);
  const decision: Open<RecordedDecision> = { id, traceId, tenant, service, control, before };
  if (tool !== undefined) decision.tool = tool;
  if (NOT_DECIDED.has(reasonCode)) {
    decision.missing = { reason: 'not_decided', missing: [reasonCode] };
    return decision;
  }
  const read = readRequest(values, disclosed, at);
  if ('reason' in read) decision.missing = read;
  else {
    decision.request = read;
    decision.history = history.of(record);
  }
  return decision;
}

/** What is being built. Every decision is made here, so its optional members are not spread in. */
type Open<Value> = { -readonly [Name in keyof Value]: Value[Name] };

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
  const verdict =
    digest === undefined
      ? { outcome, obligations, reason, rules }
      : { outcome, obligations, reason, rules, digest };
  return verdict as RecordedVerdict;
}

/** The request a record commits to. */
function readRequest(
  values: Body['values'],
  { own, shared, open }: Disclosed,
  at: number,
): PolicyRequest | NotReplayable {
  const find = (name: string, digest: string): Disclosure | undefined =>
    findOwn(own[at] ?? [], name, digest) ?? shared.get(digest);
  const opened = openRecordedRequest(values, find, open);
  if ('reason' in opened) return { reason: opened.reason, missing: [opened.missing] };
  const { request } = opened;
  return isRequest(request) ? request : { reason: 'unreadable', missing: ['request'] };
}

function isRequest(value: unknown): value is PolicyRequest {
  if (typeof value !== 'object' || value === null) return false;
  const { service, control, time } = value as Partial<PolicyRequest>;
  return typeof service === 'string' && typeof control === 'string' && typeof time === 'number';
}
