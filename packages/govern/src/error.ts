const BRAND: unique symbol = Symbol.for('spanforge.govern.error');

/** Every code a {@link GovernError} can carry. */
export type GovernErrorCode =
  | 'GOVERN_OPTIONS_INVALID'
  | 'GOVERN_CONTEXT_INVALID'
  | 'GOVERN_TOOL_DUPLICATE'
  | 'GOVERN_ENDING_NOT_RECORDED'
  | 'GOVERN_TOOL_FAILED'
  | 'GOVERN_VALUE_UNRECORDABLE'
  | 'GOVERN_CONTROL_INVALID'
  | 'GOVERN_CONTROL_TIMED_OUT'
  | 'GOVERN_LOG_TIMED_OUT'
  | 'GOVERN_STREAM_CUT'
  | 'GOVERN_STREAM_TOO_LARGE'
  | 'GOVERN_REVIEW_INVALID'
  | 'GOVERN_REVIEW_UNKNOWN'
  | 'GOVERN_REVIEW_ALREADY_RESOLVED'
  | 'GOVERN_REVIEW_EXPIRED'
  | 'GOVERN_REVIEW_SELF_APPROVAL'
  | 'GOVERN_REVIEW_NOT_RECORDED'
  | 'GOVERN_REVIEWER_NOT_ELIGIBLE'
  | 'GOVERN_REVIEW_EDITED'
  | 'GOVERN_REVIEW_NOT_EDITABLE'
  | 'GOVERN_REVIEW_NOT_REVOCABLE'
  | 'GOVERN_GRANT_REFUSED';

/** Plain identifiers that say where and what: never keys, never governed text. */
export type GovernErrorDetails = Readonly<Record<string, string | number | boolean>>;

/** The one error class of this package. */
export class GovernError extends Error {
  readonly code: GovernErrorCode;
  readonly details: GovernErrorDetails;
  readonly [BRAND] = true;

  constructor(
    code: GovernErrorCode,
    message: string,
    options: { details?: GovernErrorDetails; cause?: unknown } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'GovernError';
    this.code = code;
    this.details = options.details ?? {};
  }

  /** True for an error of this class, whichever copy of the package made it. */
  static is(value: unknown): value is GovernError {
    return typeof value === 'object' && value !== null && BRAND in value;
  }
}
