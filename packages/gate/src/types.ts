import type {
  Clock,
  EvidenceContext,
  EvidenceReader,
  MakeId,
  PolicyDecider,
  Recorder,
  ServiceStatus,
} from '@spanforge/core-events';
import type { SigningKey, VerificationKey } from '@spanforge/core-signing';
import type { GateExecutor, RunCommand } from './executor.js';
import type { GateArtifact, GateRun } from './model/artifact.js';
import type { PipelineVariables } from './model/definition.js';
import type { PrriRequest, PrriResult } from './model/prri.js';
import type { TrustResult } from './model/trust-result.js';
import type { OnFail } from './model/verdict.js';
import type { GateSettings } from './settings.js';

/** Passed to `onAlert` when the trust gate stops a release. */
export interface TrustAlert {
  readonly level: 'CRITICAL';
  readonly gateId: string;
  readonly projectId?: string;
  readonly trust: TrustResult;
}

/** The options of a gate service. Only `root` is required; nothing is filled in by guessing. */
export interface GateOptions {
  /** The working folder: relative paths start here, and paths in pipelines must stay below it. */
  readonly root: string;
  readonly settings?: Partial<GateSettings>;
  /** Source of spans, detections and groundings; gates that need it fail without it. */
  readonly reader?: EvidenceReader;
  /** Where every verdict is recorded; needs `context`. */
  readonly recorder?: Recorder;
  readonly context?: EvidenceContext;
  /** Asked by `eval_promotion`. */
  readonly policy?: PolicyDecider;
  /** Sign artifacts, statements and baselines. Without keys these are unsigned, and say so. */
  readonly keys?: readonly SigningKey[];
  /** Trusted keys: each of their algorithms must have signed baselines and stored artifacts. Default: `keys`. */
  readonly verificationKeys?: readonly VerificationKey[];
  /** The host's own types of gates. */
  readonly executors?: readonly GateExecutor[];
  /** Runs scanners and package managers; gates that need it fail without it. */
  readonly runCommand?: RunCommand;
  /** Access to the network, where it is allowed. */
  readonly fetch?: typeof fetch;
  readonly projectId?: string;
  /** Called when the trust gate stops a release. Its errors are ignored. */
  readonly onAlert?: (alert: TrustAlert) => void | Promise<void>;
  /** Called with the number of files scanned so far, and of all files. */
  readonly onProgress?: (done: number, total: number) => void;
  /** While true, nothing may be purged. */
  readonly legalHold?: boolean;
  /** The evaluating software as statements name it: `name@semver`. */
  readonly source?: string;
  readonly clock?: Clock;
  readonly ids?: MakeId;
  /** A monotonic clock, milliseconds. */
  readonly monotonic?: () => number;
}

/** How to run a pipeline. */
export interface RunOptions {
  /** Values for `${name}`; they take precedence over those of the file. */
  readonly vars?: PipelineVariables;
  readonly projectId?: string;
  /** The input of schema gates: a path, or the events themselves. */
  readonly payload?: unknown;
}

/** How to evaluate one gate. */
export interface EvaluateOptions {
  readonly projectId?: string;
  readonly name?: string;
  /** Default `block`. */
  readonly onFail?: OnFail;
  readonly passCondition?: string;
  readonly command?: string | readonly string[];
  readonly engine?: string | readonly string[];
  readonly report?: string | readonly string[];
  readonly timeoutSeconds?: number;
  /**
   * The suppression file of the pipelines. Entries that match nothing are reported only for whole
   * pipelines.
   */
  readonly suppressions?: string;
  /** Options of the type of gate. */
  readonly with?: Readonly<Record<string, unknown>>;
  /** True to write no artifact. */
  readonly dryRun?: boolean;
}

/** The status of the service. */
export interface GateStatus {
  readonly status: ServiceStatus;
  /** What is missing, unless the status is `ok`. */
  readonly reasonCode?: 'artifact_dir_unwritable' | 'evidence_unavailable';
  /** Types of gates that can be evaluated. */
  readonly gateCount: number;
  readonly artifactCount: number;
  readonly artifactDir: string;
  readonly retentionDays: number;
  readonly healthy: boolean;
}

/** Evaluates gates and pipelines of gates. */
export interface ReleaseGate {
  /**
   * Runs a pipeline file. Every gate runs, whatever the verdicts of the others; artifacts are
   * written, the statement is signed and everything is recorded before this resolves.
   *
   * @throws {SFGateSchemaError} when the file is invalid; nothing ran.
   * @throws {SFGateTrustFailedError} when the trust gate is among those that stop the release.
   * @throws {SFGatePipelineError} when any other gate stops it, or when every gate was skipped.
   * @throws {GateError} `GATE_ARTIFACT_UNWRITABLE`, `GATE_EVIDENCE_UNAVAILABLE`.
   */
  runPipeline(path: string, options?: RunOptions): Promise<GateRun>;
  /**
   * Runs one gate, named by its type or by an id such as `schema-validation`. An unknown type is a
   * failed gate. Never throws because of a verdict.
   *
   * @throws {SFGateSchemaError} for options that cannot be used.
   * @throws {GateError} `GATE_ARTIFACT_UNWRITABLE`, `GATE_EVIDENCE_UNAVAILABLE`.
   */
  evaluate(gateId: string, payload?: unknown, options?: EvaluateOptions): Promise<GateArtifact>;
  /** Judges a score of the Pre-Release Readiness Index that was computed elsewhere. */
  evaluatePrri(score: number, request?: PrriRequest): Promise<PrriResult>;
  /**
   * Runs the composite trust gate over a project.
   *
   * @throws {SFGateTrustFailedError} when a window blocks or cannot be judged.
   */
  trustGate(options?: { readonly projectId?: string }): Promise<GateArtifact>;
  /**
   * Measures and stores the baseline of a gate: the durations of a performance gate, or the mean
   * cost of a span of a readiness gate (`halluccheck_prri`). Happens only on this call; signed and
   * recorded.
   *
   * @throws {GateError} `GATE_BASELINE_INVALID` with fewer spans than the minimum, or if none has a
   * cost.
   */
  updateBaseline(
    gateId: string,
    options?: {
      /** The type of the gate, if its id does not tell. */
      readonly type?: string;
      readonly traces?: string;
      readonly path?: string;
      readonly projectId?: string;
    },
  ): Promise<{
    readonly path: string;
    readonly spans: number;
    readonly p99LatencyMs?: number;
    readonly meanCost?: number;
  }>;
  /** The latest artifact of a gate; undefined when there is none. @throws {GateError} `GATE_ARTIFACT_INVALID`. */
  getArtifact(gateId: string): Promise<GateArtifact | undefined>;
  /** All artifacts, oldest first. @throws {GateError} `GATE_ARTIFACT_INVALID`. */
  listArtifacts(filter?: { readonly projectId?: string }): Promise<readonly GateArtifact[]>;
  /**
   * Removes artifacts older than this many days; default is the configured retention. Only files
   * that this service wrote are removed. Recorded.
   *
   * @returns how many were removed.
   * @throws {GateError} `GATE_OPTIONS_INVALID` under a legal hold.
   */
  purgeArtifacts(options?: { readonly olderThanDays?: number }): Promise<number>;
  /** Changes settings at run time. @throws {GateError} `GATE_OPTIONS_INVALID`. */
  configure(settings: Partial<GateSettings>): void;
  /** Checks the artifact folder and the log. */
  getStatus(): Promise<GateStatus>;
}
