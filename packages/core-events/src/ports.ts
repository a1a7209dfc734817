import type { Disclosure } from '@spanforge/core-signing';
import type { EvidenceContext, PolicyReference, RecordMode } from './context.js';
import type { EvidenceRecord } from './evidence.js';
import type { Outcome } from './outcome.js';

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
