import type { Disclosure, NoteVerifier } from '@spanforge/core-signing';
import type { Clock } from '../clock.js';
import type { MakeId } from '../ids.js';
import type { Appended, AppendOptions, CounterStore, EvidenceReader, Recorder } from '../ports.js';
import type { LogOpenedBody } from '../records/log-opened-v1.js';
import type { RecordRegistry } from '../records/registry.js';
import type { DecodedRecord } from './decode.js';
import type { LogGuard } from './log-guard.js';
import type { RecordSecret } from './record-keys.js';
import type { SnapshotStore } from './snapshots.js';
import type { EvidenceStore, StoredRecord } from './store.js';

/** How an evidence log is opened. */
export interface EvidenceLogOptions {
  readonly store: EvidenceStore;
  /** Name of the log, as checkpoints carry it; the first line of each. */
  readonly origin: string;
  /** The writer's name; with the boot id it numbers the records. */
  readonly writer: string;
  /**
   * The key records are signed with, or `false` for none: there is no default and no fallback.
   * Earlier keys, still good for verifying, come in `earlierSecrets`, oldest first; the oldest also
   * hides idempotency keys, so that they mean the same before and after a change of keys.
   */
  readonly hmac: RecordSecret | false;
  readonly earlierSecrets?: readonly RecordSecret[];
  /** Records below this index may lack an HMAC: the size the log had when signing was turned on. */
  readonly unsignedBelow?: number;
  readonly clock?: Clock;
  readonly ids?: MakeId;
  /** Record types the log accepts; those of this package when absent. */
  readonly registry?: RecordRegistry;
  /** Bytes of records waiting or under way before appends are pushed back; 64 MiB when absent. */
  readonly maxQueueBytes?: number;
  /** Records in one commit; 4096 when absent. */
  readonly maxBatchRecords?: number;
  /**
   * The log's key: closed parts of the log are then read by the index it has signed, and not byte by
   * byte.
   */
  readonly logKey?: NoteVerifier;
  /** Says whether the log may govern; appends and state are refused while it may not. */
  readonly guard?: LogGuard;
  /** What the first record of a new log says besides its origin. */
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
  /** Records the log has, as far as this process knows. */
  readonly size: number;
  readonly queuedBytes: number;
  readonly appended: number;
  readonly failed: number;
  /** Commits made: `appended / commits` records were carried by each. */
  readonly commits: number;
  /** Times the clock gave an earlier time than before: records keep their order, times may not. */
  readonly clockReversals: number;
  /** Why the log governs nothing, as `details.reason` of the refusal. */
  readonly refusal?: string;
}

/**
 * A recorder that holds what it is given until one commit carries all of it. Records get their ids
 * when staged; `receipts` of each append settles with the commit.
 */
export interface Stage extends Recorder {
  /** Commits everything staged, all or nothing; resolves when durable. A stage commits once. */
  commit(options?: AppendOptions): Promise<Appended>;
  /** Gives up what was staged: `receipts` reject with `reason`, nothing is recorded. */
  discard(reason: unknown): void;
}

/** What a stage need not store. */
export interface StageOptions {
  readonly stored?: readonly Pick<Disclosure, 'digest'>[];
}

/** A recorder that can also stage: what govern needs to put several services in one commit. */
export interface StagingRecorder extends Recorder {
  /**
   * @param options `stored`: values that are durable in the trace already. A record of the stage may
   *   commit to one of them, and it is not stored again.
   */
  stage(options?: StageOptions): Stage;
}

/** The evidence log: appends, reads, and knows how its own writing goes. */
export interface EvidenceLog extends StagingRecorder, EvidenceReader {
  readonly readComplete: NonNullable<EvidenceReader['readComplete']>;
  readonly origin: string;
  readonly store: EvidenceStore;
  /**
   * Counters whose entries stand in records too, under names that say nothing about the calls: hand
   * these to what counts. Counters that were set back are noticed where their driver has `CounterRows`.
   * Where records are not signed, the counters as they are.
   */
  counters(counters: CounterStore): CounterStore;
  /** Checks and decodes a record read from the store directly; never throws. */
  decode(stored: StoredRecord): DecodedRecord;
  /** Where projections keep signed snapshots; keeps nothing when records are not signed. */
  readonly snapshots: SnapshotStore;
  status(): LogStatus;
  /** Waits for what was appended, then closes the store. Later appends reject. Idempotent. */
  close(): Promise<void>;
}
