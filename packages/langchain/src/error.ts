const BRAND: unique symbol = Symbol.for('spanforge.langchain.error');

/** Every code a {@link LangchainError} can carry. */
export type LangchainErrorCode =
  | 'LANGCHAIN_OPTIONS_INVALID'
  | 'LANGCHAIN_CONTEXT_UNAVAILABLE'
  | 'LANGCHAIN_CALL_DENIED'
  | 'LANGCHAIN_ANSWER_INVALID'
  | 'LANGCHAIN_SERVER_TOOL'
  | 'LANGCHAIN_TOOL_NOT_REACHED';

/** Plain identifiers that say where and what: never keys, never governed text. */
export type LangchainErrorDetails = Readonly<Record<string, string | number | boolean>>;

/** The one error class of this package. */
export class LangchainError extends Error {
  readonly code: LangchainErrorCode;
  readonly details: LangchainErrorDetails;
  readonly [BRAND] = true;

  constructor(
    code: LangchainErrorCode,
    message: string,
    options: { details?: LangchainErrorDetails; cause?: unknown } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'LangchainError';
    this.code = code;
    this.details = options.details ?? {};
  }

  /** True for an error of this class, whichever copy of the package made it. */
  static is(value: unknown): value is LangchainError {
    return typeof value === 'object' && value !== null && BRAND in value;
  }
}
