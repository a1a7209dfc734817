const BRAND: unique symbol = Symbol.for('spanforge.enterprise.error');

/** Every code an {@link EnterpriseError} can carry. */
export type EnterpriseErrorCode =
  | 'ENTERPRISE_TENANT_INVALID'
  | 'ENTERPRISE_TENANT_UNKNOWN'
  | 'ENTERPRISE_TENANT_FOREIGN'
  | 'ENTERPRISE_RESIDENCY_VIOLATED'
  | 'ENTERPRISE_SETTINGS_INVALID'
  | 'ENTERPRISE_EXPORT_DENIED'
  | 'ENTERPRISE_EGRESS_DENIED'
  | 'ENTERPRISE_KMS_UNAVAILABLE'
  | 'ENTERPRISE_KMS_KEY_RETIRED'
  | 'ENTERPRISE_KEY_INVALID'
  | 'ENTERPRISE_LEGAL_HOLD'
  | 'ENTERPRISE_EVIDENCE_UNAVAILABLE';

/** Plain identifiers that say where and what: never keys, never governed text. */
export type EnterpriseErrorDetails = Readonly<Record<string, string | number | boolean>>;

/** The one error class of this package. */
export class EnterpriseError extends Error {
  readonly code: EnterpriseErrorCode;
  readonly details: EnterpriseErrorDetails;
  readonly [BRAND] = true;

  constructor(
    code: EnterpriseErrorCode,
    message: string,
    options: { readonly details?: EnterpriseErrorDetails; readonly cause?: unknown } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'EnterpriseError';
    this.code = code;
    this.details = Object.freeze({ ...options.details });
  }

  /** True for an error of this class, whichever copy of the package made it. */
  static is(value: unknown): value is EnterpriseError {
    return typeof value === 'object' && value !== null && BRAND in value;
  }
}
