const BRAND: unique symbol = Symbol.for('spanforge.rbac.error');

/** Every code a {@link RbacError} can carry. */
export type RbacErrorCode =
  | 'RBAC_OPTIONS_INVALID'
  | 'RBAC_ROLE_MATRIX_INVALID'
  | 'RBAC_ROLE_CYCLE'
  | 'RBAC_PERMISSIONS_INVALID'
  | 'RBAC_ACTOR_INVALID'
  | 'RBAC_YAML_INVALID'
  | 'RBAC_JWT_INVALID'
  | 'RBAC_JWKS_INVALID'
  | 'RBAC_KEYS_UNAVAILABLE'
  | 'RBAC_STATE_UNAVAILABLE'
  | 'RBAC_EVIDENCE_UNAVAILABLE';

/** Identifiers that say where and what; never keys or governed text. */
export type RbacErrorDetails = Readonly<Record<string, string | number | boolean>>;

/** The one error class of this package. Decisions never throw it; administrative calls do. */
export class RbacError extends Error {
  readonly code: RbacErrorCode;
  readonly details: RbacErrorDetails;
  readonly [BRAND] = true;

  constructor(
    code: RbacErrorCode,
    message: string,
    options: { readonly details?: RbacErrorDetails; readonly cause?: unknown } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'RbacError';
    this.code = code;
    this.details = Object.freeze({ ...options.details });
  }

  /** True for an error of this class, whichever copy of the package made it. */
  static is(value: unknown): value is RbacError {
    return typeof value === 'object' && value !== null && BRAND in value;
  }
}
