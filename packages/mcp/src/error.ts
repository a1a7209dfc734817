const BRAND: unique symbol = Symbol.for('spanforge.mcp.error');

/** Every code a {@link McpError} can carry. */
export type McpErrorCode =
  | 'MCP_OPTIONS_INVALID'
  | 'MCP_MESSAGE_TOO_LARGE'
  | 'MCP_MESSAGE_MALFORMED'
  | 'MCP_SERVER_NOT_STARTED'
  | 'MCP_SERVER_GONE'
  | 'MCP_PIN_UNKNOWN'
  | 'MCP_PINS_UNAVAILABLE';

/** Plain identifiers that say where and what: never keys, never governed text. */
export type McpErrorDetails = Readonly<Record<string, string | number | boolean>>;

/** The one error class of this package. */
export class McpError extends Error {
  readonly code: McpErrorCode;
  readonly details: McpErrorDetails;
  readonly [BRAND] = true;

  constructor(
    code: McpErrorCode,
    message: string,
    options: { details?: McpErrorDetails; cause?: unknown } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'McpError';
    this.code = code;
    this.details = options.details ?? {};
  }

  /** True for an error of this class, whichever copy of the package made it. */
  static is(value: unknown): value is McpError {
    return typeof value === 'object' && value !== null && BRAND in value;
  }
}
