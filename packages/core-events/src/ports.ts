import type { Disclosure } from '@spanforge/core-signing';
import type { EvidenceContext, PolicyReference, RecordMode } from './context.js';
import type { EvidenceRecord } from './evidence.js';
import type { Decision, Outcome } from './outcome.js';

/** What a service hands to a {@link Recorder}: one record, still without id, time and writer. */
export interface RecordDraft {
  /** The schema key, such as `spanforge.scope.v1`. */
  readonly type: string;
  readonly context: EvidenceContext;
  /** `live` when absent. */
  readonly mode?: RecordMode;
  readonly policy?: PolicyReference;
  /** How much of the state had been applied when this was decided: a log size. */
  readonly stateSize?: number;
  /** The payload in wire form (snake_case), as {@link RecordType.toWire} makes it. */
  readonly body: unknown;
  /** Governed values committed to by digests in `body.values`, stored in the same transaction. */
  readonly disclosures?: readonly Disclosure[];
}

/** How an append is to be joined with what is already in the log. */
export interface AppendOptions {
  /** The same key again stores nothing and answers with the first receipts. */
  readonly idempotencyKey?: string;
  /** Digest of what the key stands for; another digest under the same key is refused. */
  readonly requestDigest?: string;
  /** A name that can be taken once per log. */
  readonly claim?: string;
}

/** Where a record stands once it is durable. */
export interface Receipt {
  readonly id: string;
  readonly type: string;
  readonly index: number;
  /** RFC 6962 leaf hash of the record's bytes, hex. */
  readonly leaf: string;
}

/** What an append answers. */
export interface Appended {
  /** Ids of the records, in the order of the drafts. */
  readonly ids: readonly string[];
  /** True when an earlier append with the same idempotency key is the one that stands. */
  readonly duplicate: boolean;
  /** Settles with the commit that carries these records; rejects when that commit failed. */
  readonly receipts: Promise<readonly Receipt[]>;
}

/** The port through which every service writes evidence. */
export interface Recorder {
  /**
   * Serialises the drafts synchronously, then appends them together, all or nothing.
   *
   * The evidence log resolves only when they are durable. A staged recorder, such as govern hands
   * to services, resolves once they are staged; `receipts` then tells how the commit went.
   *
   * @throws {EventsError} `EVENTS_RECORD_INVALID`, `EVENTS_RECORD_TOO_LARGE`, `EVENTS_QUEUE_FULL`,
   *   `EVENTS_CLAIM_TAKEN`, `EVENTS_IDEMPOTENCY_CONFLICT`, `EVENTS_APPEND_FAILED`.
   */
  append(drafts: readonly RecordDraft[], options?: AppendOptions): Promise<Appended>;
}

/** Which records are asked for; every given part must hold. */
export interface EvidenceQuery {
  readonly traceId?: string;
  readonly run?: string;
  readonly types?: readonly string[];
  readonly tenant?: string;
  readonly project?: string;
  readonly outcome?: Outcome;
  readonly agent?: string;
  readonly actor?: string;
  /** The tool that a record's body names. */
  readonly tool?: string;
  /** Id of a rule that had a say in the decision. */
  readonly rule?: string;
  /** A name among the `subjects` of a record's body. */
  readonly subject?: string;
  /** Epoch milliseconds, inclusive. */
  readonly fromTimeMs?: number;
  /** Epoch milliseconds, exclusive. */
  readonly toTimeMs?: number;
  /** Only records at or after this index (before it, when `newestFirst`). */
  readonly cursor?: number;
  readonly newestFirst?: boolean;
  /** 1 to 1000; 100 when absent. */
  readonly limit?: number;
}

/** One page of records in log order (or the reverse), and where the next one begins. */
export interface EvidencePage {
  readonly records: readonly EvidenceRecord[];
  /** Absent when there is nothing more now. */
  readonly next?: number;
}

/** The port through which evidence is read. */
export interface EvidenceReader {
  /** The number of durable records in the log now. */
  size(): Promise<number>;
  /**
   * Reads one page. Each record's bytes are checked against its leaf hash, and against its HMAC
   * where the reader has the key, before they are parsed.
   *
   * @throws {EventsError} `EVENTS_RECORD_TAMPERED` with the index, `EVENTS_STORE_UNAVAILABLE`.
   */
  query(query: EvidenceQuery): Promise<EvidencePage>;
  /** The disclosures of one record that still exist. */
  disclosures(index: number): Promise<readonly Disclosure[]>;
  /**
   * The disclosures of each of these records that still exist, read together; the indexes ascend.
   * Absent where a reader knows no better than {@link EvidenceReader.disclosures} one by one.
   */
  disclosuresOf?(indexes: readonly number[]): Promise<readonly (readonly Disclosure[])[]>;
  /**
   * Every record of some types with an index in `[from, to)`, in order: state is read by it. Unlike
   * a query it does not believe the store's index: closed segments must hold exactly the records that
   * the log's key has signed, newer records are read by their bytes. Absent where a reader cannot
   * know.
   *
   * @throws {EventsError} `EVENTS_INDEX_INCOMPLETE` with the term that lacks records,
   *   `EVENTS_RECORD_TAMPERED` with the index, `EVENTS_LOG_FROZEN` when the log does not govern,
   *   `EVENTS_STORE_UNAVAILABLE`.
   */
  readComplete?(types: readonly string[], from: number, to: number): AsyncIterable<EvidenceRecord>;
  /**
   * Every record of a run that has one of these types, in order. Like {@link EvidenceReader.readComplete} it
   * compares what the store's index finds with what the log's key has signed, as far as that reaches; newer
   * records are covered by {@link EvidenceReader.requireRecentIndex}. Absent where a reader cannot know.
   *
   * @throws {EventsError} As {@link EvidenceReader.readComplete}.
   */
  readRun?(run: string, types: readonly string[]): AsyncIterable<EvidenceRecord>;
  /**
   * Rejects when the newest records (at least 4,096 in an evidence log, and all that its signed index does not
   * cover) cannot all be found by their terms, claims and idempotency keys. Undefined when that was found out less than a minute ago: there is nothing to
   * wait for. Absent where a reader cannot know.
   *
   * Rejects with `EVENTS_INDEX_INCOMPLETE` and the record's index, `EVENTS_STORE_UNAVAILABLE`.
   */
  requireRecentIndex?(): Promise<void> | undefined;
}

/** A call of the same trace that was completed and whose result was released. */
export interface PastCall {
  readonly tool: string;
  readonly args: unknown;
  readonly result: unknown;
  /** Labels on the result. */
  readonly labels?: readonly string[];
}

/** What a policy is asked. */
export interface PolicyRequest {
  /** Who asks, such as `sf_scope`. */
  readonly service: string;
  /** What is decided, such as `capability_enforcement`. */
  readonly control: string;
  readonly tool?: string;
  readonly resource?: string;
  readonly action?: string;
  readonly args?: unknown;
  readonly actor?: { readonly id: string; readonly roles?: readonly string[] };
  readonly agent?: { readonly id: string; readonly capabilities?: readonly string[] };
  readonly env?: string;
  readonly labels?: readonly string[];
  /** By name; one that is given here stands before one that could be taken from `calls`. */
  readonly facts?: Readonly<Record<string, unknown>>;
  /** The trace so far, oldest first. Facts are taken from it; it is not recorded, they are. */
  readonly calls?: readonly PastCall[];
  /** Names the call: a budget counts it once, however often it is asked about. Not recorded. */
  readonly callId?: string;
  /** Names this one invocation: a repeated call has the same `callId` and another `invocationId`. */
  readonly invocationId?: string;
  /** The measured value that thresholds are compared with. */
  readonly observed?: number;
  /** Supplied by the caller and not to be trusted. */
  readonly context?: Readonly<Record<string, unknown>>;
  /**
   * The same `args` and `result` as disclosures. The decider's record then commits to them by
   * digest, under the names `args` and `result`, and attaches them, instead of storing them inside
   * its own `request` value. A stage stores each of them once, with one record of the trace;
   * `readValues` finds it there.
   */
  readonly disclosed?: { readonly args?: Disclosure; readonly result?: Disclosure };
  /** Epoch milliseconds: the decider reads no clock. */
  readonly time: number;
}

/** One rule that had a say, and why. */
export interface RuleFinding {
  readonly ruleId: string;
  readonly action: Outcome;
  /** `shadow` findings are reported and do not count. */
  readonly finding: 'triggered' | 'indeterminate' | 'shadow';
  readonly reason: string;
  readonly comparator?: string;
  readonly threshold?: number;
  readonly observed?: number;
  /** The values the rule's condition read, by path. */
  readonly values?: Readonly<Record<string, unknown>>;
}

/** What a policy answers. */
export interface PolicyVerdict extends Decision {
  /** False when no rule and no default applied: the service's own behaviour stands. */
  readonly matched: boolean;
  readonly rules: readonly RuleFinding[];
  /** Absent when no bundle is active. */
  readonly policy?: PolicyReference;
  /** The log size up to which policy state had been applied. */
  readonly stateSize?: number;
  /** Id of the decision's own record; absent when it was asked without a scope or not recorded. */
  readonly decisionId?: string;
}

/** One entry of a counter. */
export interface CounterEntry {
  /** What is counted, such as `refunds_per_day/acme/agent-7`. */
  readonly key: string;
  /** Counted once under its key, however often it is added. */
  readonly id: string;
  /** Finite, not negative. */
  readonly amount: number;
  /** Epoch milliseconds. */
  readonly timeMs: number;
  /** Milliseconds; entries of the last so many count. */
  readonly windowMs: number;
}

/** What an addition to a counter came to. */
export interface CounterSum {
  /** Over the entries of the key with a time in `(timeMs - windowMs, timeMs]`, this one included. */
  readonly sum: number;
  /** The time under which the id counts: an earlier one where it was there already. */
  readonly timeMs: number;
  /** False for an id that was there already: it added nothing. */
  readonly added: boolean;
}

/** An entry of a counter as it is kept. */
export interface CounterRow {
  readonly key: string;
  readonly id: string;
  readonly amount: number;
  readonly timeMs: number;
  /** From here on it may be forgotten: its time and its window. */
  readonly untilMs: number;
}

/** A capability of counters whose entries can be compared with the records that say them. */
export interface CounterRows {
  /** The entries that are kept under these names, in their order. */
  find(
    names: readonly Pick<CounterRow, 'key' | 'id'>[],
  ): Promise<readonly (CounterRow | undefined)[]>;
  /** Puts entries in place of what stands under their names, all or nothing, durably. */
  replace(rows: readonly CounterRow[]): Promise<void>;
}

/** Counters whose entries stand in records as well, so that a shortened one is noticed. */
export interface RecordedCounters extends CounterStore {
  /** What stands for an id in the counter and in records: it says nothing about the call. */
  nameOf(id: string): string;
  /**
   * Compares the counters with what the records of the last `windowMs` say; a comparison that held is
   * not repeated for windows that are no longer.
   *
   * @throws {EventsError} `EVENTS_COUNTER_SHORTENED` when an entry lacks or differs; what reading the
   *   records rejects with.
   */
  requireWhole(windowMs: number): Promise<void>;
}

/** The port through which counts and budgets are kept: replicas share it, and no two see one sum. */
export interface CounterStore {
  /**
   * Adds an entry, atomically and durably, and answers the sum over the entries of its key with a
   * time in `(timeMs - windowMs, timeMs]`, this one included. An id that is there already adds
   * nothing.
   *
   * @throws {EventsError} `EVENTS_STORE_UNAVAILABLE`.
   */
  add(entry: CounterEntry): Promise<number>;
  /**
   * The same, and whether this call added it: without it, a call that was let through and is asked
   * about again and refused is taken out.
   *
   * @throws {EventsError} `EVENTS_STORE_UNAVAILABLE`.
   */
  count?(entry: CounterEntry): Promise<CounterSum>;
  /** Takes an entry back; one that is not there is no error. @throws {EventsError} `EVENTS_STORE_UNAVAILABLE`. */
  remove(key: string, id: string): Promise<void>;
}

/** Where a policy decision belongs, for its own record. */
export interface DecisionScope {
  readonly recorder: Recorder;
  readonly context: EvidenceContext;
}

/** A control somewhere, of which a decider can say whether it has anything to decide about it. */
export interface DecisionPoint {
  readonly service: string;
  readonly control: string;
  readonly context: EvidenceContext;
}

/** The port through which a policy is asked. */
export interface PolicyDecider {
  /**
   * Decides. With a scope, the decision is also recorded as `spanforge.policy.decision.v1` through
   * the scope's recorder, once, and the verdict carries the record's id as `decisionId`; without
   * one, nothing is recorded. Never rejects: what cannot be decided or recorded is `block`.
   */
  decide(request: PolicyRequest, scope?: DecisionScope): Promise<PolicyVerdict>;
  /**
   * Whether a question could be answered with anything but "nothing applies". Synchronous, and
   * `false` only when the decider's state is fresh and no rule (live or shadow), no default and no
   * answer for "no bundle in force" could apply. Whoever gets `false` need not ask. A decider
   * without this method is always asked.
   */
  hasSay?(point: DecisionPoint): boolean;
}
