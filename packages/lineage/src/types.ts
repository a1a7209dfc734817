import type {
  EvidenceContext,
  EvidenceReader,
  PolicyDecider,
  PolicyVerdict,
  Recorder,
  ServiceStatus,
  TraceListOptions,
} from '@spanforge/core-events';
import type { Lattice } from './labels/lattice.js';
import type { Propagation } from './labels/propagate.js';

/** What was done to data. */
export type LineageKind =
  | 'transform'
  | 'decision'
  | 'retrieval'
  | 'generation'
  | 'tool'
  | 'declassification';

/** Data by its name; a new version of it has a new name. */
export interface DataReference {
  /** 1 to 512 characters, such as `s3://claims/7`; an id, never the data. */
  readonly id: string;
  readonly labels?: readonly string[];
}

/** One step: data was made from data. */
export interface LineageEntry {
  /** What was done, such as `summarise`. */
  readonly activity: string;
  /** `transform` when absent. */
  readonly kind?: LineageKind;
  readonly inputs?: readonly DataReference[];
  readonly outputs?: readonly DataReference[];
  /** Ids of lineage records this one follows from; they must exist. */
  readonly parents?: readonly string[];
  /** The person or thing that the data is about. */
  readonly subject?: string;
  readonly propagation?: readonly Propagation[];
  /** Digest of the bundle that allowed it; `impact` finds everything it affected. */
  readonly policyDigest?: string;
  /** Id of the policy's record of its decision; `listForSubject` finds it as `decision:<id>`. */
  readonly policyDecisionId?: string;
}

/** Labels to remove, and who approved that. */
export interface Declassification {
  readonly data: DataReference;
  /** The name of the data without the labels. */
  readonly as: string;
  /** The labels to remove. */
  readonly labels: readonly string[];
  /** The principal who approved; never the agent. */
  readonly approver: string;
  readonly scope: 'data' | 'trace' | 'run';
  /** Epoch milliseconds. */
  readonly expiresAtMs: number;
  readonly reason: string;
}

/** The context of a step and the recorder for its record. */
export interface LineageCall {
  /** The record belongs to its `traceId`; searches cover its tenant. */
  readonly context: EvidenceContext;
  /** The service's own when absent. */
  readonly recorder?: Recorder;
}

/** A recorded step, with the labels of its outputs. */
export interface RecordedStep {
  readonly recordId: string;
  readonly outputs: readonly DataReference[];
}

/** One recorded step. */
export interface LineageRecord extends Required<Pick<LineageEntry, 'activity' | 'kind'>> {
  readonly recordId: string;
  readonly index: number;
  readonly time: string;
  readonly context: EvidenceContext;
  readonly inputs: readonly DataReference[];
  readonly outputs: readonly DataReference[];
  readonly parents: readonly string[];
  readonly subject?: string;
  readonly propagation: readonly Propagation[];
  readonly declassified?: {
    readonly labels: readonly string[];
    readonly approver: string;
    readonly scope: 'data' | 'trace' | 'run';
    /** RFC 3339. */
    readonly expiresAt: string;
    readonly reason: string;
  };
}

/** The result of a walk over the graph. */
export interface Walk {
  /** Names of data, nearest first, without the start. */
  readonly data: readonly string[];
  /** The steps on the way, in log order. */
  readonly records: readonly LineageRecord[];
  /** Set when `maxSteps` ended it: there may be more. */
  readonly truncated: boolean;
}

/** The context and the limit of a walk. */
export interface WalkOptions extends TraceListOptions {
  /** The largest number of look-ups; 10,000 when absent. */
  readonly maxSteps?: number;
}

/** What a lineage service needs. */
export interface LineageOptions {
  readonly recorder: Recorder;
  readonly reader: EvidenceReader;
  /** Asked by `recordWithPolicy`. */
  readonly policy?: PolicyDecider;
  /** Milliseconds that the policy may take, its record included; 1000 when absent. */
  readonly policyTimeoutMs?: number;
  /** How labels are ordered; integrity and confidentiality when absent. */
  readonly lattice?: Lattice;
  /** Milliseconds since the epoch; the system's when absent. */
  readonly clock?: () => number;
}

/** The state of the service. */
export interface LineageStatus {
  /** `degraded`: the last step could not be recorded. */
  readonly status: ServiceStatus;
}

/** Records and finds where data came from and where it went. */
export interface Lineage {
  /**
   * Records a step as `spanforge.lineage.v1`, and answers once that is durable.
   *
   * Labels are only added: every output must have every label of every input, and outputs without
   * labels get those of the inputs. Only `declassify` removes labels.
   *
   * @throws {LineageError} `LINEAGE_RECORD_INVALID`, `LINEAGE_CYCLE` when an output is data that an
   *   input was made from, `LINEAGE_PARENT_UNKNOWN`, `LINEAGE_LABELS_DROPPED`,
   *   `LINEAGE_EVIDENCE_UNAVAILABLE`.
   */
  record(entry: LineageEntry, call: LineageCall): Promise<RecordedStep>;
  /**
   * The same, and asks the policy once (`sf_lineage` / `lineage_capture`), which records its
   * decision through the call's recorder; the step is found by it as `decision:<id>`. There is no
   * verdict if no rule applies or the policy is missing, fails or is too slow.
   */
  recordWithPolicy(
    entry: LineageEntry,
    call: LineageCall,
  ): Promise<{ readonly record: RecordedStep; readonly verdict: PolicyVerdict | undefined }>;
  /**
   * Removes labels from data, as a recorded approval with scope and expiry.
   *
   * @throws {LineageError} as `record` does; `LINEAGE_RECORD_INVALID` when the approver is the
   *   agent, or the time has passed.
   */
  declassify(step: Declassification, call: LineageCall): Promise<RecordedStep>;
  /** The data that this data was made from, directly and indirectly. */
  ancestors(data: string, options?: WalkOptions): Promise<Walk>;
  /** The data that was made from this data, directly and indirectly. */
  descendants(data: string, options?: WalkOptions): Promise<Walk>;
  /** Everything that a source or the bundle of a policy affected. */
  impact(
    of: { readonly data: string } | { readonly policyDigest: string },
    options?: WalkOptions,
  ): Promise<Walk>;
  /** The steps of a trace, in log order; found by index. */
  listForTrace(traceId: string, options?: TraceListOptions): Promise<readonly LineageRecord[]>;
  /** The steps about a subject, or that used or made some data; found by index. */
  listForSubject(subject: string, options?: TraceListOptions): Promise<readonly LineageRecord[]>;
  getStatus(): Promise<LineageStatus>;
}
