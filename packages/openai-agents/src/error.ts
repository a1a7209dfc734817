const BRAND: unique symbol = Symbol.for('spanforge.openai-agents.error');

/** Every code an {@link OpenAIAgentsError} can carry. */
export type OpenAIAgentsErrorCode =
  | 'OPENAI_AGENTS_OPTIONS_INVALID'
  | 'OPENAI_AGENTS_TOOL_UNGOVERNABLE'
  | 'OPENAI_AGENTS_TOOL_GOVERNED_BEFORE'
  | 'OPENAI_AGENTS_OUTSIDE_CALL'
  | 'OPENAI_AGENTS_CALL_BLOCKED'
  | 'OPENAI_AGENTS_CALL_HELD'
  | 'OPENAI_AGENTS_RESULT_WITHHELD'
  | 'OPENAI_AGENTS_CALL_CANCELLED'
  | 'OPENAI_AGENTS_CALL_TIMED_OUT';

/** Plain identifiers that say where and what: never keys, never governed text. */
export type OpenAIAgentsErrorDetails = Readonly<Record<string, string | number | boolean>>;

/** The one error class of this package. Its message ends with the reason of a decision. */
export class OpenAIAgentsError extends Error {
  readonly code: OpenAIAgentsErrorCode;
  readonly details: OpenAIAgentsErrorDetails;
  readonly [BRAND] = true;

  constructor(
    code: OpenAIAgentsErrorCode,
    message: string,
    options: { readonly details?: OpenAIAgentsErrorDetails; readonly cause?: unknown } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'OpenAIAgentsError';
    this.code = code;
    this.details = Object.freeze({ ...options.details });
  }

  /** True for an error of this class, whichever copy of the package made it. */
  static is(value: unknown): value is OpenAIAgentsError {
    return typeof value === 'object' && value !== null && BRAND in value;
  }
}
