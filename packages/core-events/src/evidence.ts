import type { EvidenceContext, PolicyReference, RecordMode } from './context.js';
import type { RecordJoin } from './records/envelope.js';

/** Who wrote a record, and which of its records since it started this is. */
export interface WriterStamp {
  readonly id: string;
  readonly boot: string;
  readonly n: number;
}

/** A record read back from the log: its exact bytes, and what they say. */
export interface EvidenceRecord {
  readonly index: number;
  readonly bytes: Uint8Array;
  /** RFC 6962 leaf hash of `bytes`. */
  readonly leaf: Uint8Array;
  /** `hmac-sha256:<hex>` where the record is signed so. */
  readonly mac?: string;
  readonly macKid?: string;
  readonly id: string;
  readonly type: string;
  readonly context: EvidenceContext;
  /** How the append that the record begins joined the log: the claim it took, and its hidden key. */
  readonly append?: RecordJoin;
  readonly mode: RecordMode;
  readonly policy?: PolicyReference;
  readonly stateSize?: number;
  /** RFC 3339, the writer's claim. */
  readonly time: string;
  readonly writer: WriterStamp;
  /** The payload in wire form; {@link RecordType.fromWire} types it. */
  readonly body: Readonly<Record<string, unknown>>;
}
