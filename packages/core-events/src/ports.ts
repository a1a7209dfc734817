import type { Disclosure } from '@spanforge/core-signing';
import type { EvidenceContext, PolicyReference, RecordMode } from './context.js';
import type { EvidenceRecord } from './evidence.js';
import type { Decision, Outcome } from './outcome.js';

/** One record that a service passes to a {@link Recorder}, still without id, time and writer. */
export interface RecordDraft {
  /** The schema key, such as `spanforge.scope.v1`. */
  readonly type: string;
  readonly context: EvidenceContext;
  /** Default `live`. */
  readonly mode?: RecordMode;
  readonly policy?: PolicyReference;
  /** The log size up to which state had been applied when this was decided. */
  readonly stateSize?: number;
  /** The payload in wire form (snake_case), from {@link RecordType.toWire}. */
  readonly body: unknown;
  /** Governed values to which digests in `body.values` commit; stored in the same transaction. */
  readonly disclosures?: readonly Disclosure[];
}

/** Idempotency and claims of an append. */
export interface AppendOptions {
  /** A repeated key stores nothing and returns the first receipts. */
  readonly idempotencyKey?: string;
  /** Digest of the request under the key; another digest under the same key is refused. */
  readonly requestDigest?: string;
  /** A name that can be taken once per log. */
  readonly claim?: string;
}

/** The place of a durable record. */
export interface Receipt {
  readonly id: string;
  readonly type: string;
  readonly index: number;
  /** RFC 6962 leaf hash of the record's bytes, hex. */
  readonly leaf: string;
}

/** The result of an append. */
export interface Appended {
  /** Ids of the records, in the order of the drafts. */
  readonly ids: readonly string[];
  /** True if an earlier append with the same idempotency key already stored the records. */
  readonly duplicate: boolean;
  /** Settles with the commit of these records; rejects if that commit failed. */
  readonly receipts: Promise<readonly Receipt[]>;
}

/** The port through which every service writes evidence. */
export interface Recorder {
  /**
   * Serialises the drafts synchronously, then appends them together, all or nothing.
   *
   * The evidence log resolves only when they are durable. A staged recorder, such as govern passes
   * to services, resolves once they are staged; then `receipts` tells how the commit went.
   *
   * @throws {EventsError} `EVENTS_RECORD_INVALID`, `EVENTS_RECORD_TOO_LARGE`, `EVENTS_QUEUE_FULL`,
   *   `EVENTS_CLAIM_TAKEN`, `EVENTS_IDEMPOTENCY_CONFLICT`, `EVENTS_APPEND_FAILED`.
   */
  append(drafts: readonly RecordDraft[], options?: AppendOptions): Promise<Appended>;
}

/** Conditions on records; all given ones must hold. */
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
  /** Id of a rule that contributed to the decision. */
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
  /** 1 to 1000; default 100. */
  readonly limit?: number;
}

/** One page of records in log order (or the reverse), and the cursor of the next page. */
export interface EvidencePage {
  readonly records: readonly EvidenceRecord[];
  /** Absent at the end of the log. */
  readonly next?: number;
}

/** The port through which evidence is read. */
export interface EvidenceReader {
  /** The number of durable records in the log. */
  size(): Promise<number>;
  /**
   * Reads one page. Before a record is parsed, its bytes are checked against its leaf hash, and
   * against its HMAC if the reader has the key.
   *
   * @throws {EventsError} `EVENTS_RECORD_TAMPERED` with the index, `EVENTS_STORE_UNAVAILABLE`.
   */
  query(query: EvidenceQuery): Promise<EvidencePage>;
  /** The disclosures of one record that still exist. */
  disclosures(index: number): Promise<readonly Disclosure[]>;
  /**
   * The remaining disclosures of each of these records, read together; the indexes must ascend.
   * Absent if a reader can only call {@link EvidenceReader.disclosures} one by one.
   */
  disclosuresOf?(indexes: readonly number[]): Promise<readonly (readonly Disclosure[])[]>;
  /**
   * Every record of some types with an index in `[from, to)`, in order; used to restore state.
   * Unlike a query it does not trust the store's index: closed segments must contain exactly the
   * records that the log's key has signed, and newer records are read by their bytes. Absent if a
   * reader cannot do this.
   *
   * @throws {EventsError} `EVENTS_INDEX_INCOMPLETE` with the term that lacks records,
   *   `EVENTS_RECORD_TAMPERED` with the index, `EVENTS_LOG_FROZEN` when the log does not govern,
   *   `EVENTS_STORE_UNAVAILABLE`.
   */
  readComplete?(types: readonly string[], from: number, to: number): AsyncIterable<EvidenceRecord>;
  /**
   * Every record of a run that has one of these types, in order. Like
   * {@link EvidenceReader.readComplete} it compares what the store's index finds with what the log's
   * key has signed, as far as that reaches; newer records are covered by
   * {@link EvidenceReader.requireRecentIndex}. Absent if a reader cannot do this.
   *
   * @throws {EventsError} As {@link EvidenceReader.readComplete}.
   */
  readRun?(run: string, types: readonly string[]): AsyncIterable<EvidenceRecord>;
  /**
   * Rejects if any of the newest records (at least 4,096 in an evidence log, and all that its signed
   * index does not cover) cannot be found by its terms, claims and idempotency keys. Returns
   * undefined if this was checked less than a minute ago: then there is nothing to wait for. Absent
   * if a reader cannot do this.
   *
   * Rejects with `EVENTS_INDEX_INCOMPLETE` and the record's index, or `EVENTS_STORE_UNAVAILABLE`.
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

/** A question to a policy. */
export interface PolicyRequest {
  /** The service that asks, such as `sf_scope`. */
  readonly service: string;
  /** The control that asks, such as `capability_enforcement`. */
  readonly control: string;
  readonly tool?: string;
  readonly resource?: string;
  readonly action?: string;
  readonly args?: unknown;
  readonly actor?: { readonly id: string; readonly roles?: readonly string[] };
  readonly agent?: { readonly id: string; readonly capabilities?: readonly string[] };
  readonly env?: string;
  readonly labels?: readonly string[];
  /** Facts by name; they take precedence over those taken from `calls`. */
  readonly facts?: Readonly<Record<string, unknown>>;
  /** The trace so far, oldest first. Facts are taken from it; it is not recorded, but they are. */
  readonly calls?: readonly PastCall[];
  /**
   * Identifies the call: a budget counts it once, however often it is asked about. Not recorded.
   */
  readonly callId?: string;
  /**
   * Identifies this invocation: a repeated call has the same `callId` and another `invocationId`.
   */
  readonly invocationId?: string;
  /** The measured value that thresholds are compared with. */
  readonly observed?: number;
  /** Supplied by the caller; not trusted. */
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

/** One rule that contributed to a decision, and why. */
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

/** The answer of a policy. */
export interface PolicyVerdict extends Decision {
  /** False if no rule and no default applied; then the service decides alone. */
  readonly matched: boolean;
  readonly rules: readonly RuleFinding[];
  /** Absent when no bundle is active. */
  readonly policy?: PolicyReference;
  /** The log size up to which policy state had been applied. */
  readonly stateSize?: number;
  /** Id of the decision's own record; absent if it was asked without a scope or not recorded. */
  readonly decisionId?: string;
}

/** One entry of a counter. */
export interface CounterEntry {
  /** The name of the counter, such as `refunds_per_day/acme/agent-7`. */
  readonly key: string;
  /** An id counts once under its key, however often it is added. */
  readonly id: string;
  /** Finite, not negative. */
  readonly amount: number;
  /** Epoch milliseconds. */
  readonly timeMs: number;
  /** Length of the window in milliseconds; only entries within it count. */
  readonly windowMs: number;
}

/** The result of adding to a counter. */
export interface CounterSum {
  /** Over the entries of the key with a time in `(timeMs - windowMs, timeMs]`, this one included. */
  readonly sum: number;
  /** The time at which the id counts: the earlier one if it was already there. */
  readonly timeMs: number;
  /** False for an id that was already there; it added nothing. */
  readonly added: boolean;
}

/** An entry of a counter as stored. */
export interface CounterRow {
  readonly key: string;
  readonly id: string;
  readonly amount: number;
  readonly timeMs: number;
  /** When it may be deleted: its time plus its window. */
  readonly untilMs: number;
}

/**
 * An optional capability of counters: their entries can be compared with the records about them.
 */
export interface CounterRows {
  /** The stored entries with these names, in their order. */
  find(
    names: readonly Pick<CounterRow, 'key' | 'id'>[],
  ): Promise<readonly (CounterRow | undefined)[]>;
  /** Replaces the entries under these names, all or nothing, durably. */
  replace(rows: readonly CounterRow[]): Promise<void>;
}

/** Counters whose entries are also in records, so that a removed entry is noticed. */
export interface RecordedCounters extends CounterStore {
  /** The name of an id in the counter and in records; it reveals nothing about the call. */
  nameOf(id: string): string;
  /**
   * Compares the counters with the records of the last `windowMs`. A successful comparison is not
   * repeated for windows that are no longer.
   *
   * @throws {EventsError} `EVENTS_COUNTER_SHORTENED` when an entry is missing or differs; and what
   * reading
   * the records throws.
   */
  requireWhole(windowMs: number): Promise<void>;
}

/**
 * The port through which counts and budgets are kept. Replicas share it, and no two get the same
 * sum.
 */
export interface CounterStore {
  /**
   * Adds an entry, atomically and durably, and returns the sum over the entries of its key with a
   * time in `(timeMs - windowMs, timeMs]`, including this one. An id that is already there adds
   * nothing.
   *
   * @throws {EventsError} `EVENTS_STORE_UNAVAILABLE`.
   */
  add(entry: CounterEntry): Promise<number>;
  /**
   * Like {@link CounterStore.add}, and tells whether this call added the entry. Needed because a
   * call that was allowed, asked about again, and then refused must keep its entry.
   *
   * @throws {EventsError} `EVENTS_STORE_UNAVAILABLE`.
   */
  count?(entry: CounterEntry): Promise<CounterSum>;
  /** Removes an entry, if it is there. @throws {EventsError} `EVENTS_STORE_UNAVAILABLE`. */
  remove(key: string, id: string): Promise<void>;
}

/** Recorder and context for the record of a policy decision. */
export interface DecisionScope {
  readonly recorder: Recorder;
  readonly context: EvidenceContext;
}

/** A point in a service at which a policy may be asked. */
export interface DecisionPoint {
  readonly service: string;
  readonly control: string;
  readonly context: EvidenceContext;
}

/** The port through which a policy is asked. */
export interface PolicyDecider {
  /**
   * Decides. With a scope, the decision is also recorded as `spanforge.policy.decision.v1` through
   * the scope's recorder, once, and the verdict contains the record's id as `decisionId`; without
   * one, nothing is recorded. Never rejects: what cannot be decided or recorded is `block`.
   */
  decide(request: PolicyRequest, scope?: DecisionScope): Promise<PolicyVerdict>;
  /**
   * Whether the answer could be anything but "nothing applies". Synchronous, and `false` only if
   * the decider's state is fresh and no rule (live or shadow), no default and no answer for "no
   * bundle in force" could apply. On `false`, the caller need not ask. A decider without this
   * method is always asked.
   */
  hasSay?(point: DecisionPoint): boolean;
}
