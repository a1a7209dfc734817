import type { Violation } from './violation.js';

const BRAND: unique symbol = Symbol.for('spanforge.validate.error');

/** Every code a {@link ValidateError} can carry. */
export type ValidateErrorCode =
  | 'VALIDATE_OPTIONS_INVALID'
  | 'VALIDATE_EVENT_INVALID'
  | 'VALIDATE_SCHEMA_INVALID'
  | 'VALIDATE_INPUT_UNREADABLE'
  | 'VALIDATE_INPUT_BINARY'
  | 'VALIDATE_INPUT_TOO_LARGE'
  | 'VALIDATE_REPORT_INVALID'
  | 'VALIDATE_EVIDENCE_UNAVAILABLE';

/** Identifiers that say where and what; never keys or governed text. */
export type ValidateErrorDetails = Readonly<Record<string, string | number | boolean>>;

/** The one error class of this package. */
export class ValidateError extends Error {
  readonly code: ValidateErrorCode;
  readonly details: ValidateErrorDetails;
  /** The violations, for `VALIDATE_EVENT_INVALID`: the first in `strict`, all in `lenient`. */
  readonly violations: readonly Violation[];
  readonly [BRAND] = true;

  constructor(
    code: ValidateErrorCode,
    message: string,
    options: {
      readonly details?: ValidateErrorDetails;
      readonly violations?: readonly Violation[];
      readonly cause?: unknown;
    } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'ValidateError';
    this.code = code;
    this.details = Object.freeze({ ...options.details });
    this.violations = Object.freeze([...(options.violations ?? [])]);
  }

  /** True for an error of this class, whichever copy of the package made it. */
  static is(value: unknown): value is ValidateError {
    return typeof value === 'object' && value !== null && BRAND in value;
  }
}
