import type { Disclosure, NoteVerifier } from '@spanforge/core-signing';
import type { Clock } from '../clock.js';
import type { CounterStore } from '../counter-port.js';
import type { EvidenceRecord } from '../evidence.js';
import type { MakeId } from '../ids.js';
import type { Appended, AppendOptions, EvidenceReader, Recorder } from '../ports.js';
import type { LogOpenedBody } from '../records/log-opened-v1.js';
import type { RecordRegistry } from '../records/registry.js';
import type { DecodedRecord } from './decode.js';
import type { LogGuard } from './log-guard.js';
import type { RecordSecret } from './record-keys.js';
import type { RecordNames } from './skim/scan-record.js';
import type { SnapshotStore } from './snapshots.js';
import type { EvidenceStore, StoredRecord, StoredRow } from './store.js';

/** Options of an evidence log. */
export interface EvidenceLogOptions {
  readonly store: EvidenceStore;
  /** Name of the log: the first line of each of its checkpoints. */
  readonly origin: string;
  /** The writer's name; with the boot id it numbers the records. */
  readonly writer: string;
  /**
   * The key that signs records, or `false` for none; there is no default and no fallback. Earlier keys,
   * still valid for verifying, go into `earlierSecrets`, oldest first. The oldest one also hides
   * idempotency keys, so that these keep their meaning when the key changes.
   */
  readonly hmac: RecordSecret | false;
  readonly earlierSecrets?: readonly RecordSecret[];
  /** Records below this index may lack an HMAC: the size the log had when signing was turned on. */
  readonly unsignedBelow?: number;
  readonly clock?: Clock;
  readonly ids?: MakeId;
  /** Record types the log accepts; those of this package when absent. */
  readonly registry?: RecordRegistry;
  /**
   * Bytes of records queued or being committed before appends are refused, a character counted as one; 64 MiB when
   * absent.
   */
  readonly maxQueueBytes?: number;
  /** Records in one commit; 4096 when absent. */
  readonly maxBatchRecords?: number;
  /**
   * The log's key. With it, closed segments of the log are read by their signed index instead of byte
   * by byte.
   */
  readonly logKey?: NoteVerifier;
  /** Decides whether the log may be used; when not, appends and state are refused. */
  readonly guard?: LogGuard;
  /** Further members of the first record of a new log. */
  readonly opened?: Omit<LogOpenedBody, 'origin'>;
  /** Runs once appends have settled and before the store closes. */
  readonly beforeClose?: () => Promise<void>;
  /** Context of the records the log writes about itself. */
  readonly project?: string;
  readonly env?: string;
}

/** Counters of one open log. */
export interface LogStatus {
  readonly state: 'open' | 'closed';
  /** Number of records in the log, as far as this process knows. */
  readonly size: number;
  readonly queuedBytes: number;
  readonly appended: number;
  readonly failed: number;
  /** Commits made; on average each has `appended / commits` records. */
  readonly commits: number;
  /** How often the clock went back. Records keep their order then, but their times do not. */
  readonly clockReversals: number;
  /** Why the log may not be used: `details.reason` of the refusal. */
  readonly refusal?: string;
}

/**
 * A recorder that keeps records until one commit writes them all. Records get their ids when staged;
 * `receipts` of each append settles with the commit.
 */
export interface Stage extends Recorder {
  /** Commits everything staged, all or nothing; resolves when durable. A stage commits once. */
  commit(options?: AppendOptions): Promise<Appended>;
  /** Drops the staged records: `receipts` reject with `reason`, nothing is recorded. */
  discard(reason: unknown): void;
}

/** Options of a stage. */
export interface StageOptions {
  readonly stored?: readonly Pick<Disclosure, 'digest'>[];
}

/** A recorder that can also stage, so that one commit has the records of several services. */
export interface StagingRecorder extends Recorder {
  /**
   * @param options `stored`: values already durable in the trace. Records of the stage may commit to
   *   them without storing them again.
   */
  stage(options?: StageOptions): Stage;
}

/** The evidence log: appends and reads records, and reports its status. */
export interface EvidenceLog extends StagingRecorder, EvidenceReader {
  readonly readComplete: NonNullable<EvidenceReader['readComplete']>;
  readonly origin: string;
  readonly store: EvidenceStore;
  /**
   * Wraps counters so that their entries are recorded too, under names that reveal nothing about the
   * calls; give the wrapped ones to the policy. Counters that were set back are detected if their driver
   * has `CounterRows`. Returns the counters unchanged if records are not signed.
   */
  counters(counters: CounterStore): CounterStore;
  /** Checks and decodes a record read from the store directly; never throws. */
  decode(stored: StoredRecord): DecodedRecord;
  /**
   * The same for records that were read together, in their order: for reading a whole log. Of records that are
   * alike, parts of the bodies may be the same frozen objects.
   */
  decodeMany?(stored: readonly StoredRecord[]): readonly DecodedRecord[];
  /**
   * Checks a record as `decode` does, and tells what it says of itself without building it: for reading
   * a whole log. Undefined for a record that is not whole, or that has to be decoded to know; what it
   * answers holds until it is asked again.
   */
  skim?(stored: StoredRecord): RecordNames | undefined;
  /** The same for the record at a place of a row, as drivers that have `StoreRows` hand them out. */
  skimRow?(row: StoredRow, at: number): RecordNames | undefined;
  /**
   * The writer of a stored record and the number it gave it, where leaf hash and HMAC hold: told without
   * parsing the record. Undefined for any other, which has to be decoded.
   */
  writerOf?(stored: StoredRecord): EvidenceRecord['writer'] | undefined;
  /** Where projections keep signed snapshots; keeps nothing when records are not signed. */
  readonly snapshots: SnapshotStore;
  status(): LogStatus;
  /** Waits for pending appends, then closes the store. Later appends reject. Idempotent. */
  close(): Promise<void>;
}
