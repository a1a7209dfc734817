import type {
  Clock,
  EventGovernancePolicy,
  EvidenceContext,
  EvidenceReader,
  MakeId,
  Outcome,
  PolicyDecider,
  Recorder,
  RecordMode,
  ServiceStatus,
  TraceListOptions,
} from '@spanforge/core-events';
import type { ValidateBody } from '@spanforge/core-events/records';
import type { FieldFinding, FindingType } from '@spanforge/detect';
import type { DatasetComplianceReport } from './dataset/report.js';
import type { ValidationResult } from './event/enforce-event.js';
import type { EnforcementMode } from './mode.js';
import type { OutputDecision } from './output/decide.js';
import type { Violation } from './violation.js';

/** How a validate service is made. Recorder and reader have no default: they are one evidence log. */
export interface ValidateOptions {
  readonly recorder: Recorder;
  readonly reader: EvidenceReader;
  /** Asked by `validateOutputWithPolicy`. */
  readonly policy?: PolicyDecider;
  /** How events are enforced where a call does not say; `strict` when absent. */
  readonly mode?: EnforcementMode;
  /** Which event types are refused. */
  readonly eventPolicy?: EventGovernancePolicy;
  /** Fills a missing `source` in `correct`, as `name@semver`. */
  readonly source?: string;
  readonly clock?: Clock;
  readonly ids?: MakeId;
  /** Told every violation of an event in `warn`. */
  readonly onWarning?: (violation: Violation) => void;
  /** Types that are looked for in outputs; all when absent. */
  readonly types?: readonly FindingType[];
  /** Least confidence of a finding, 0 to 1; 0.85 when absent. Always-blocking types ignore it. */
  readonly detectThreshold?: number;
  /** Country whose national telephone numbers are recognised: `DE`. */
  readonly region?: string;
  /** Least confidence of an output, 0 to 1; none is asked for when absent. */
  readonly minConfidence?: number;
  /** What an output that breaks its schema comes to; `block` when absent. */
  readonly onSchema?: Outcome;
  /** What too little confidence, or none, comes to; `human_review` when absent. */
  readonly onLowConfidence?: Outcome;
  /** What personal data comes to; `redact` when absent. */
  readonly onPersonalData?: Outcome;
  /** What a secret comes to; `block` when absent, and always for the always-blocking types. */
  readonly onSecret?: Outcome;
  /** How often a correction is tried, 0 to 10; 2 when absent. */
  readonly maxCorrections?: number;
  /** How long one correction may take; 10000 when absent. */
  readonly correctionTimeoutMs?: number;
  /** How long the policy may take; 1000 when absent. */
  readonly policyTimeoutMs?: number;
  /** How long records may take to be durable; 5000 when absent. */
  readonly recordTimeoutMs?: number;
}

/** Where a call belongs, and through which recorder its records go. */
export interface ValidateCall {
  /** Its `traceId` is the trace the records belong to. */
  readonly context: EvidenceContext;
  /** The service's own when absent. */
  readonly recorder?: Recorder;
  /** `live` when absent. */
  readonly mode?: RecordMode;
}

/** What a correction is told. */
export interface CorrectionRequest {
  /** Plain copy of the output; of JSON text, what it says. */
  readonly output: unknown;
  readonly violations: readonly Violation[];
  readonly findings: readonly FieldFinding[];
  /** 1 for the first. */
  readonly pass: number;
  /** Aborted when the time is up. */
  readonly signal: AbortSignal;
}

/** What a correction answers: another output, and its confidence where that changed too. */
export interface Correction {
  readonly output: unknown;
  readonly confidence?: number;
}

/** An output, and what is asked of it. */
export interface OutputInput {
  readonly output: unknown;
  /** JSON Schema (draft 2020-12). */
  readonly schema?: unknown;
  /** The output is JSON text, and what it says is checked. */
  readonly json?: boolean;
  /** How sure the model is, 0 to 1: the observed value of the policy. */
  readonly confidence?: number;
  /** Asked for another output while this one is not valid. */
  readonly correct?: (request: CorrectionRequest) => Correction | Promise<Correction>;
}

/** What a validation of an output came to, and its evidence. */
export interface OutputResult extends OutputDecision {
  /** True when nothing was found wrong with `output` as it now is. */
  readonly valid: boolean;
  /** Plain copy of the output as it was last; undefined where it was no plain data. */
  readonly output: unknown;
  readonly confidence?: number;
  readonly violations: readonly Violation[];
  readonly findings: readonly FieldFinding[];
  /** How many corrections were taken. */
  readonly corrections: number;
  /** Id of its record; absent when it could not be recorded, and then the outcome is `block`. */
  readonly recordId?: string;
}

/** A validation read back from the log. */
export interface RecordedValidation extends ValidateBody {
  readonly id: string;
  readonly index: number;
  /** RFC 3339, UTC. */
  readonly time: string;
  readonly recordMode: RecordMode;
  readonly context: EvidenceContext;
}

/** How a validate service is doing. Counts are since it was made. */
export interface ValidateStatus {
  /** `degraded`: the last record could not be written. */
  readonly status: ServiceStatus;
  readonly validations: number;
  readonly valid: number;
  readonly corrections: number;
  /** Validations that ended in `block` because they could not be recorded. */
  readonly unrecorded: number;
}

/** Validates events and model outputs, and records what it found. */
export interface Validate {
  /**
   * Validates an event in wire form, as the mode says, and records it before answering.
   *
   * @throws {ValidateError} `VALIDATE_EVENT_INVALID` in `strict` and `lenient`, recorded too;
   *   `VALIDATE_EVIDENCE_UNAVAILABLE` when it could not be recorded.
   */
  enforceEvent(
    event: unknown,
    call: ValidateCall & { readonly enforce?: EnforcementMode },
  ): Promise<ValidationResult>;
  /**
   * Checks an output against its schema, for confidence, personal data and secrets; asks for a
   * correction while it is not valid, and checks everything again after each. Never rejects: what
   * cannot be read, checked or recorded is `block`.
   *
   * @throws {ValidateError} `VALIDATE_SCHEMA_INVALID` at once, for the schema.
   */
  validateOutput(input: OutputInput, call: ValidateCall): Promise<OutputResult>;
  /** As `validateOutput`; the policy is asked once, with the confidence as observed value. */
  validateOutputWithPolicy(input: OutputInput, call: ValidateCall): Promise<OutputResult>;
  /**
   * Records what a scan of a data set came to, with the digest of its report.
   *
   * @returns The id of the record.
   * @throws {ValidateError} `VALIDATE_EVIDENCE_UNAVAILABLE`.
   */
  recordDataset(report: DatasetComplianceReport, call: ValidateCall): Promise<string>;
  /** The validations of a trace, in log order. @throws {EventsError} as the reader. */
  listForTrace(traceId: string, options?: TraceListOptions): Promise<readonly RecordedValidation[]>;
  /** Never rejects. */
  getStatus(): Promise<ValidateStatus>;
}
