const BRAND: unique symbol = Symbol.for('spanforge.cli.error');

/** Every code a {@link CliError} can carry. */
export type CliErrorCode =
  | 'CLI_USAGE'
  | 'CLI_FILE_UNREADABLE'
  | 'CLI_FILE_UNWRITABLE'
  | 'CLI_INPUT_INVALID'
  | 'CLI_WORKSPACE_MISSING'
  | 'CLI_WORKSPACE_EXISTS'
  | 'CLI_WORKSPACE_INVALID'
  | 'CLI_KEYS_MISSING'
  | 'CLI_KEYS_EXIST'
  | 'CLI_KEY_INVALID'
  | 'CLI_POLICY_CONFLICT'
  | 'CLI_UNEXPECTED';

/** Plain facts about the failure: never keys, never governed text. */
export type CliErrorDetails = Readonly<Record<string, string | number | boolean>>;

/** The error class of this package; the command line exits with 2 for it. */
export class CliError extends Error {
  readonly code: CliErrorCode;
  readonly details: CliErrorDetails;
  readonly [BRAND] = true;

  constructor(
    code: CliErrorCode,
    message: string,
    options: { readonly details?: CliErrorDetails; readonly cause?: unknown } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'CliError';
    this.code = code;
    this.details = options.details ?? {};
  }

  /** True for an error of this class, from whichever copy of the package. */
  static is(value: unknown): value is CliError {
    return typeof value === 'object' && value !== null && BRAND in value;
  }
}
