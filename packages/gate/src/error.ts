import type { GateRun } from './model/artifact.js';
import type { TrustResult } from './model/trust-result.js';

const BRAND: unique symbol = Symbol.for('spanforge.gate.error');

/** Every code a {@link GateError} can carry. */
export type GateErrorCode =
  | 'GATE_OPTIONS_INVALID'
  | 'GATE_PIPELINE_INVALID'
  | 'GATE_PIPELINE_FAILED'
  | 'GATE_TRUST_FAILED'
  | 'GATE_ARTIFACT_INVALID'
  | 'GATE_ARTIFACT_UNWRITABLE'
  | 'GATE_BASELINE_INVALID'
  | 'GATE_INPUT_UNREADABLE'
  | 'GATE_INPUT_INVALID'
  | 'GATE_EVIDENCE_UNAVAILABLE';

/** Plain identifiers of what failed and where: never keys, never governed text. */
export type GateErrorDetails = Readonly<Record<string, string | number | boolean>>;

/** The error class of this package, and the parent of the three documented ones. */
export class GateError extends Error {
  readonly code: GateErrorCode;
  readonly details: GateErrorDetails;
  readonly [BRAND] = true;

  constructor(
    code: GateErrorCode,
    message: string,
    options: { readonly details?: GateErrorDetails; readonly cause?: unknown } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'GateError';
    this.code = code;
    this.details = Object.freeze({ ...options.details });
  }

  /** True for an error of this class, from whichever copy of the package. */
  static is(value: unknown): value is GateError {
    return typeof value === 'object' && value !== null && BRAND in value;
  }
}

/** One problem of a pipeline file, with its place. */
export interface PipelineProblem {
  /** Such as `$.gates[2].pass_condition`. */
  readonly path: string;
  readonly message: string;
  readonly line?: number;
  readonly column?: number;
}

/** The pipeline file is invalid: nothing ran. */
export class SFGateSchemaError extends GateError {
  readonly problems: readonly PipelineProblem[];

  constructor(message: string, problems: readonly PipelineProblem[], cause?: unknown) {
    super('GATE_PIPELINE_INVALID', message, { details: { problems: problems.length }, cause });
    this.name = 'SFGateSchemaError';
    this.problems = Object.freeze([...problems]);
  }
}

/** One or more blocking gates did not pass. All gates ran, and `run` holds every artifact. */
export class SFGatePipelineError extends GateError {
  /** Ids of the gates that stopped the release. */
  readonly failedGates: readonly string[];
  readonly run: GateRun;

  constructor(run: GateRun, code: GateErrorCode = 'GATE_PIPELINE_FAILED') {
    super(code, `blocked by gates: ${run.failedGates.join(', ') || 'none of them ran'}`, {
      details: { run_id: run.runId, failed_gates: run.failedGates.join(',') },
    });
    this.name = 'SFGatePipelineError';
    this.failedGates = run.failedGates;
    this.run = run;
  }
}

/** The trust gate is among those that stopped the release. */
export class SFGateTrustFailedError extends SFGatePipelineError {
  readonly trustResult: TrustResult;

  constructor(run: GateRun, trustResult: TrustResult) {
    super(run, 'GATE_TRUST_FAILED');
    this.name = 'SFGateTrustFailedError';
    this.trustResult = trustResult;
  }
}
