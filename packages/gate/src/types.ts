import type {
  Clock,
  EvidenceContext,
  EvidenceReader,
  MakeId,
  PolicyDecider,
  Recorder,
} from '@spanforge/core-events';
import type { SigningKey, VerificationKey } from '@spanforge/core-signing';
import type { GateExecutor, RunCommand } from './executor.js';
import type { GateArtifact, GateRun } from './model/artifact.js';
import type { TrustResult } from './model/trust-result.js';
import type { OnFail } from './model/verdict.js';
import type { PipelineVariables } from './pipeline/substitute.js';
import type { PrriRequest, PrriResult } from './prri/types.js';
import type { GateSettings } from './settings.js';

/** What is told when the trust gate stops a release. */
export interface TrustAlert {
  readonly level: 'CRITICAL';
  readonly gateId: string;
  readonly projectId?: string;
  readonly trust: TrustResult;
}

/** What a gate service is made of. Only `root` is needed; what is missing is not guessed. */
export interface GateOptions {
  /** The working folder: relative paths start here, and what pipelines name stays below it. */
  readonly root: string;
  readonly settings?: Partial<GateSettings>;
  /** Spans, detections and groundings are read from here; without it such gates fail. */
  readonly reader?: EvidenceReader;
  /** Every verdict is recorded here; needs `context`. */
  readonly recorder?: Recorder;
  readonly context?: EvidenceContext;
  /** Asked by `eval_promotion`. */
  readonly policy?: PolicyDecider;
  /** Sign artifacts, statements and baselines; without them these are unsigned, and say so. */
  readonly keys?: readonly SigningKey[];
  /** Baselines and stored artifacts must be signed by one of these; those of `keys` when absent. */
  readonly verificationKeys?: readonly VerificationKey[];
  /** Types of gates of the host. */
  readonly executors?: readonly GateExecutor[];
  /** Runs scanners and package managers; without it such gates fail. */
  readonly runCommand?: RunCommand;
  /** Reaches the network, where that is allowed. */
  readonly fetch?: typeof fetch;
  readonly projectId?: string;
  /** Told when the trust gate stops a release. What it throws changes nothing. */
  readonly onAlert?: (alert: TrustAlert) => void | Promise<void>;
  /** Files scanned so far, and of how many. */
  readonly onProgress?: (done: number, total: number) => void;
  /** True while nothing may be purged. */
  readonly legalHold?: boolean;
  /** The software that evaluates, as statements name it: `name@semver`. */
  readonly source?: string;
  readonly clock?: Clock;
  readonly ids?: MakeId;
  /** Milliseconds that never go back. */
  readonly monotonic?: () => number;
}

/** How a pipeline is run. */
export interface RunOptions {
  /** Values for `${name}`; they stand before those of the file. */
  readonly vars?: PipelineVariables;
  readonly projectId?: string;
  /** What schema gates validate: a path, or the events themselves. */
  readonly payload?: unknown;
}

/** How one gate is evaluated. */
export interface EvaluateOptions {
  readonly projectId?: string;
  readonly name?: string;
  /** `block` when absent. */
  readonly onFail?: OnFail;
  readonly passCondition?: string;
  readonly command?: string | readonly string[];
  readonly engine?: string | readonly string[];
  readonly report?: string | readonly string[];
  readonly timeoutSeconds?: number;
  /** The suppression file of the pipelines. Only a pipeline says which entries nothing matches. */
  readonly suppressions?: string;
  /** Options of the type of gate. */
  readonly with?: Readonly<Record<string, unknown>>;
  /** True to write no artifact. */
  readonly dryRun?: boolean;
}

/** How the service is. */
export interface GateStatus {
  readonly status: 'ok' | 'artifact_dir_unwritable' | 'evidence_unavailable';
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
   * Runs a pipeline file. Every gate runs, whatever the others come to; artifacts are written, the
   * statement is signed and everything is recorded before this answers.
   *
   * @throws {SFGateSchemaError} when the file is invalid; nothing ran.
   * @throws {SFGateTrustFailedError} when the trust gate is among those that stop the release.
   * @throws {SFGatePipelineError} when any other gate stops it, or when every gate was skipped.
   * @throws {GateError} `GATE_ARTIFACT_UNWRITABLE`, `GATE_EVIDENCE_UNAVAILABLE`.
   */
  runPipeline(path: string, options?: RunOptions): Promise<GateRun>;
  /**
   * Runs one gate, named by its type or by an id such as `schema-validation`. A type nobody knows is
   * a failed gate. Does not throw for a verdict.
   *
   * @throws {SFGateSchemaError} for options that cannot be used.
   * @throws {GateError} `GATE_ARTIFACT_UNWRITABLE`, `GATE_EVIDENCE_UNAVAILABLE`.
   */
  evaluate(gateId: string, payload?: unknown, options?: EvaluateOptions): Promise<GateArtifact>;
  /** Judges a score of the Pre-Release Readiness Index that somebody computed. */
  evaluatePrri(score: number, request?: PrriRequest): Promise<PrriResult>;
  /**
   * Runs the composite trust gate over a project.
   *
   * @throws {SFGateTrustFailedError} when a window blocks or cannot be judged.
   */
  trustGate(options?: { readonly projectId?: string }): Promise<GateArtifact>;
  /**
   * Sets what a gate compares with from what was measured: the durations of a performance gate, or
   * the mean cost of a span of a readiness gate (`halluccheck_prri`). Explicit, signed and recorded.
   *
   * @throws {GateError} `GATE_BASELINE_INVALID` with fewer spans than the minimum, or none that
   *   says what it cost.
   */
  updateBaseline(
    gateId: string,
    options?: {
      /** The type of the gate, where its id does not say. */
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
   * Removes artifacts older than so many days, the configured retention when absent. Only files that
   * this service wrote are removed. Recorded.
   *
   * @returns how many were removed.
   * @throws {GateError} `GATE_OPTIONS_INVALID` under a legal hold.
   */
  purgeArtifacts(options?: { readonly olderThanDays?: number }): Promise<number>;
  /** Changes settings at run time. @throws {GateError} `GATE_OPTIONS_INVALID`. */
  configure(settings: Partial<GateSettings>): void;
  /** Probes the artifact folder and the log; never a constant "ok". */
  getStatus(): Promise<GateStatus>;
}
