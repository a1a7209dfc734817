const BRAND: unique symbol = Symbol.for('spanforge.exporters.error');

/** Every code an {@link ExportError} can carry. */
export type ExportErrorCode =
  | 'EXPORT_OPTIONS_INVALID'
  | 'EXPORT_LOG_UNREADABLE'
  | 'EXPORT_RECORDS_MISSING'
  | 'EXPORT_CURSOR_INVALID'
  | 'EXPORT_CURSOR_MISMATCH'
  | 'EXPORT_SINK_UNAVAILABLE'
  | 'EXPORT_SINK_REFUSED'
  | 'EXPORT_EGRESS_DENIED'
  | 'EXPORT_ARCHIVE_INVALID'
  | 'EXPORT_FILE_UNWRITABLE'
  | 'EXPORT_STOPPED';

/** Identifiers that say where and what; never keys or governed text. */
export type ExportErrorDetails = Readonly<Record<string, string | number | boolean>>;

/** The one error class of this package. */
export class ExportError extends Error {
  readonly code: ExportErrorCode;
  readonly details: ExportErrorDetails;
  readonly [BRAND] = true;

  constructor(
    code: ExportErrorCode,
    message: string,
    options: { readonly details?: ExportErrorDetails; readonly cause?: unknown } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'ExportError';
    this.code = code;
    this.details = Object.freeze({ ...options.details });
  }

  /** True for an error of this class, whichever copy of the package made it. */
  static is(value: unknown): value is ExportError {
    return typeof value === 'object' && value !== null && BRAND in value;
  }
}
