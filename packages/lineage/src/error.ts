const BRAND: unique symbol = Symbol.for('spanforge.lineage.error');

/** Every code a {@link LineageError} can carry. */
export type LineageErrorCode =
  | 'LINEAGE_RECORD_INVALID'
  | 'LINEAGE_CYCLE'
  | 'LINEAGE_PARENT_UNKNOWN'
  | 'LINEAGE_LABELS_DROPPED'
  | 'LINEAGE_EVIDENCE_UNAVAILABLE';

/** Identifiers that say where and what; never keys or governed text. */
export type LineageErrorDetails = Readonly<Record<string, string | number | boolean>>;

/** The one error class of this package. */
export class LineageError extends Error {
  readonly code: LineageErrorCode;
  readonly details: LineageErrorDetails;
  readonly [BRAND] = true;

  constructor(
    code: LineageErrorCode,
    message: string,
    options: { readonly details?: LineageErrorDetails; readonly cause?: unknown } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'LineageError';
    this.code = code;
    this.details = Object.freeze({ ...options.details });
  }

  /** True for an error of this class, whichever copy of the package made it. */
  static is(value: unknown): value is LineageError {
    return typeof value === 'object' && value !== null && BRAND in value;
  }
}
