const BRAND: unique symbol = Symbol.for('spanforge.operator.error');

/** Every code an {@link OperatorError} can carry. */
export type OperatorErrorCode =
  | 'OPERATOR_ANCHOR_INVALID'
  | 'OPERATOR_CHECKPOINT_INCONSISTENT'
  | 'OPERATOR_CHECKPOINT_UNAVAILABLE'
  | 'OPERATOR_EVIDENCE_BROKEN'
  | 'OPERATOR_FILE_FAILED'
  | 'OPERATOR_OPTIONS_INVALID'
  | 'OPERATOR_PACKAGE_MALFORMED'
  | 'OPERATOR_PACKAGE_TOO_LARGE'
  | 'OPERATOR_SELECTION_FOREIGN'
  | 'OPERATOR_SELECTION_TOO_LARGE'
  | 'OPERATOR_TARGET_REFUSED'
  | 'OPERATOR_TIMESTAMP_REFUSED'
  | 'OPERATOR_TIMESTAMP_UNAVAILABLE'
  | 'OPERATOR_WITNESS_QUORUM'
  | 'OPERATOR_WITNESS_UNAVAILABLE';

/** Plain identifiers that say where and what: never keys, never governed text. */
export type OperatorErrorDetails = Readonly<Record<string, string | number | boolean>>;

/** The one error class of this package. */
export class OperatorError extends Error {
  readonly code: OperatorErrorCode;
  readonly details: OperatorErrorDetails;
  readonly [BRAND] = true;

  constructor(
    code: OperatorErrorCode,
    message: string,
    options: { readonly details?: OperatorErrorDetails; readonly cause?: unknown } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'OperatorError';
    this.code = code;
    this.details = options.details ?? {};
  }

  /** True for an error of this class, whichever copy of the package made it. */
  static is(value: unknown): value is OperatorError {
    return typeof value === 'object' && value !== null && BRAND in value;
  }
}
