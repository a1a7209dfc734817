const BRAND: unique symbol = Symbol.for('spanforge.ai-sdk.error');

/** Every code an {@link AiSdkError} can carry. */
export type AiSdkErrorCode =
  | 'AI_SDK_OPTIONS_INVALID'
  | 'AI_SDK_TOOL_UNGOVERNABLE'
  | 'AI_SDK_TOOL_GOVERNED_BEFORE'
  | 'AI_SDK_OUTSIDE_CALL'
  | 'AI_SDK_CALL_BLOCKED'
  | 'AI_SDK_CALL_HELD'
  | 'AI_SDK_RESULT_WITHHELD'
  | 'AI_SDK_CALL_CANCELLED'
  | 'AI_SDK_CALL_TIMED_OUT';

/** Plain identifiers that say where and what: never keys, never governed text. */
export type AiSdkErrorDetails = Readonly<Record<string, string | number | boolean>>;

/**
 * The one error class of this package. If a tool's `execute` throws it, the SDK tells the model its
 * message, which ends with the reason of the decision.
 */
export class AiSdkError extends Error {
  readonly code: AiSdkErrorCode;
  readonly details: AiSdkErrorDetails;
  readonly [BRAND] = true;

  constructor(
    code: AiSdkErrorCode,
    message: string,
    options: { readonly details?: AiSdkErrorDetails; readonly cause?: unknown } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'AiSdkError';
    this.code = code;
    this.details = Object.freeze({ ...options.details });
  }

  /** True for an error of this class, whichever copy of the package made it. */
  static is(value: unknown): value is AiSdkError {
    return typeof value === 'object' && value !== null && BRAND in value;
  }
}
