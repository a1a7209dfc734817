const BRAND: unique symbol = Symbol.for('spanforge.rag.error');

/** Every code a {@link RagError} can carry. */
export type RagErrorCode =
  | 'RAG_OPTIONS_INVALID'
  | 'RAG_INPUT_INVALID'
  | 'RAG_SESSION_UNKNOWN'
  | 'RAG_SESSION_ENDED'
  | 'RAG_STATE_UNAVAILABLE'
  | 'RAG_EVIDENCE_UNAVAILABLE';

/** Plain identifiers that say where and what: never governed text. */
export type RagErrorDetails = Readonly<Record<string, string | number | boolean>>;

/** The one error class of this package. Tracing a session throws it; an assessment never does. */
export class RagError extends Error {
  readonly code: RagErrorCode;
  readonly details: RagErrorDetails;
  readonly [BRAND] = true;

  constructor(
    code: RagErrorCode,
    message: string,
    options: { readonly details?: RagErrorDetails; readonly cause?: unknown } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'RagError';
    this.code = code;
    this.details = Object.freeze({ ...options.details });
  }

  /** True for an error of this class, whichever copy of the package made it. */
  static is(value: unknown): value is RagError {
    return typeof value === 'object' && value !== null && BRAND in value;
  }
}
