import type { EvidenceContext, PolicyReference, RecordMode } from './context.js';

/** The writer of a record, and the number of the record since the writer started. */
export interface WriterStamp {
  readonly id: string;
  readonly boot: string;
  readonly n: number;
}

/** What the first record of an append says about it: its claim and its idempotency key. */
export interface RecordJoin {
  /** The claim that was taken. */
  readonly claim?: string | undefined;
  /** The caller's key, hidden; 32 bytes as base64url. The next two members come with it. */
  readonly key?: string | undefined;
  /** The number of records of the append. */
  readonly records?: number | undefined;
  /** Digest of the request; the same key with another digest is a misuse, not a repeat. */
  readonly request?: string | undefined;
}

/** A record read from the log: its exact bytes and their parsed content. */
export interface EvidenceRecord {
  readonly index: number;
  readonly bytes: Uint8Array;
  /** RFC 6962 leaf hash of `bytes`. */
  readonly leaf: Uint8Array;
  /** `hmac-sha256:<hex>`, if records are signed by HMAC. */
  readonly mac?: string;
  readonly macKid?: string;
  readonly id: string;
  readonly type: string;
  readonly context: EvidenceContext;
  /** Claim and hidden idempotency key of the append that begins with this record. */
  readonly append?: RecordJoin;
  readonly mode: RecordMode;
  readonly policy?: PolicyReference;
  readonly stateSize?: number;
  /** RFC 3339, according to the writer. */
  readonly time: string;
  readonly writer: WriterStamp;
  /** The payload in wire form; {@link RecordType.fromWire} types it. */
  readonly body: Readonly<Record<string, unknown>>;
}
