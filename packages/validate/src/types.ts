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
import type { OutputDecision } from './output-decision.js';
import type { Violation } from './violation.js';

/** How a validate service is made. Recorder and reader have no default: they are one evidence log. */
export interface ValidateOptions {
  readonly recorder: Recorder;
  readonly reader: EvidenceReader;
  /** Asked by `validateOutputWithPolicy`. */
  readonly policy?: PolicyDecider;
  /** The mode of calls that name none; `strict` when absent. */
  readonly mode?: EnforcementMode;
  /** Which event types are refused. */
  readonly eventPolicy?: EventGovernancePolicy;
  /** Fills a missing `source` in `correct`, as `name@semver`. */
  readonly source?: string;
  readonly clock?: Clock;
  readonly ids?: MakeId;
  /** Called with every violation of an event in `warn`. */
  readonly onWarning?: (violation: Violation) => void;
  /** Types to look for in outputs; all when absent. */
  readonly types?: readonly FindingType[];
  /** Least confidence of a finding, 0 to 1; 0.85 when absent. Always-blocking types ignore it. */
  readonly detectThreshold?: number;
  /** Country whose national telephone numbers are recognised: `DE`. */
  readonly region?: string;
  /** Least confidence of an output, 0 to 1; none is required when absent. */
  readonly minConfidence?: number;
  /** The outcome for an output that violates its schema; `block` when absent. */
  readonly onSchema?: Outcome;
  /** The outcome for too little confidence, or none; `human_review` when absent. */
  readonly onLowConfidence?: Outcome;
  /** The outcome for personal data; `redact` when absent. */
  readonly onPersonalData?: Outcome;
  /** The outcome for a secret; `block` when absent, and always for the always-blocking types. */
  readonly onSecret?: Outcome;
  /** The largest number of corrections, 0 to 10; 2 when absent. */
  readonly maxCorrections?: number;
  /** How long one correction may take; 10000 when absent. */
  readonly correctionTimeoutMs?: number;
  /** How long the policy may take; 1000 when absent. */
  readonly policyTimeoutMs?: number;
  /** How long records may take to be durable; 5000 when absent. */
  readonly recordTimeoutMs?: number;
}

/** The context of a call and the recorder for its records. */
export interface ValidateCall {
  /** Its `traceId` is the trace the records belong to. */
  readonly context: EvidenceContext;
  /** The service's own when absent. */
  readonly recorder?: Recorder;
  /** `live` when absent. */
  readonly mode?: RecordMode;
}

/** The input of a correction. */
export interface CorrectionRequest {
  /** Plain copy of the output, parsed if it is JSON text. */
  readonly output: unknown;
  readonly violations: readonly Violation[];
  readonly findings: readonly FieldFinding[];
  /** 1 for the first. */
  readonly pass: number;
  /** Aborted when the time is up. */
  readonly signal: AbortSignal;
}

/** The answer of a correction: another output, and its confidence if that changed. */
export interface Correction {
  readonly output: unknown;
  readonly confidence?: number;
}

/** An output and its requirements. */
export interface OutputInput {
  readonly output: unknown;
  /** JSON Schema (draft 2020-12). */
  readonly schema?: unknown;
  /** True if the output is JSON text whose value is checked. */
  readonly json?: boolean;
  /** The model's confidence, 0 to 1; the observed value of the policy. */
  readonly confidence?: number;
  /** Asked for another output while this one is not valid. */
  readonly correct?: (request: CorrectionRequest) => Correction | Promise<Correction>;
}

/** The result of validating an output, and its evidence. */
export interface OutputResult extends OutputDecision {
  /** True if the last version of `output` has no violations. */
  readonly valid: boolean;
  /** Plain copy of the last version of the output; undefined if it was not plain data. */
  readonly output: unknown;
  readonly confidence?: number;
  readonly violations: readonly Violation[];
  readonly findings: readonly FieldFinding[];
  /** The number of corrections. */
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

/** The state of a validate service. It counts since the service was created. */
export interface ValidateStatus {
  /** `degraded`: the last record could not be written. */
  readonly status: ServiceStatus;
  readonly validations: number;
  readonly valid: number;
  readonly corrections: number;
  /** Validations that ended in `block` because they could not be recorded. */
  readonly unrecorded: number;
}

/** Validates events and model outputs, and records the results. */
export interface Validate {
  /**
   * Validates an event in wire form according to the mode, and records the result before it
   * answers.
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
   * correction while it is not valid, and checks everything again after each. Never rejects for an
   * output: if it cannot be read, checked or recorded, the outcome is `block`.
   *
   * @throws {ValidateError} `VALIDATE_SCHEMA_INVALID` at once, for the schema.
   */
  validateOutput(input: OutputInput, call: ValidateCall): Promise<OutputResult>;
  /** Like `validateOutput`, and asks the policy once with the confidence as observed value. */
  validateOutputWithPolicy(input: OutputInput, call: ValidateCall): Promise<OutputResult>;
  /**
   * Records the result of scanning a data set, with the digest of its report.
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
