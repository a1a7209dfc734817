const BRAND: unique symbol = Symbol.for('spanforge.explain.error');

/** Every code an {@link ExplainError} can carry. */
export type ExplainErrorCode =
  | 'EXPLAIN_OPTIONS_INVALID'
  | 'EXPLAIN_REQUEST_INVALID'
  | 'EXPLAIN_RECORD_UNKNOWN'
  | 'EXPLAIN_EVIDENCE_UNAVAILABLE';

/** Identifiers that say where and what; never keys or governed text. */
export type ExplainErrorDetails = Readonly<Record<string, string | number | boolean>>;

/** The one error class of this package; a governed function never sees it. */
export class ExplainError extends Error {
  readonly code: ExplainErrorCode;
  readonly details: ExplainErrorDetails;
  readonly [BRAND] = true;

  constructor(
    code: ExplainErrorCode,
    message: string,
    options: { readonly details?: ExplainErrorDetails; readonly cause?: unknown } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'ExplainError';
    this.code = code;
    this.details = Object.freeze({ ...options.details });
  }

  /** True for an error of this class, whichever copy of the package made it. */
  static is(value: unknown): value is ExplainError {
    return typeof value === 'object' && value !== null && BRAND in value;
  }
}
