const BRAND: unique symbol = Symbol.for('spanforge.scope.error');

/** Every code a {@link ScopeError} can carry. */
export type ScopeErrorCode =
  | 'SCOPE_OPTIONS_INVALID'
  | 'SCOPE_MANIFEST_INVALID'
  | 'SCOPE_YAML_INVALID'
  | 'SCOPE_TENANT_MISMATCH'
  | 'SCOPE_DELEGATION_INVALID'
  | 'SCOPE_STATE_UNAVAILABLE'
  | 'SCOPE_EVIDENCE_UNAVAILABLE';

/** Identifiers that say where and what; never keys or governed text. */
export type ScopeErrorDetails = Readonly<Record<string, string | number | boolean>>;

/** The one error class of this package. Decisions never throw it; administrative calls do. */
export class ScopeError extends Error {
  readonly code: ScopeErrorCode;
  readonly details: ScopeErrorDetails;
  readonly [BRAND] = true;

  constructor(
    code: ScopeErrorCode,
    message: string,
    options: { readonly details?: ScopeErrorDetails; readonly cause?: unknown } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'ScopeError';
    this.code = code;
    this.details = Object.freeze({ ...options.details });
  }

  /** True for an error of this class, whichever copy of the package made it. */
  static is(value: unknown): value is ScopeError {
    return typeof value === 'object' && value !== null && BRAND in value;
  }
}
