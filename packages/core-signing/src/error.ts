const BRAND = Symbol.for('spanforge.core-signing.error');

/** The error codes of this package. */
export type SigningErrorCode =
  | 'SIGNING_ARGUMENT_INVALID'
  | 'SIGNING_CHECKPOINT_INVALID'
  | 'SIGNING_DISCLOSURE_INVALID'
  | 'SIGNING_ENCODING_INVALID'
  | 'SIGNING_ENVELOPE_INVALID'
  | 'SIGNING_JSON_DUPLICATE_KEY'
  | 'SIGNING_JSON_INVALID'
  | 'SIGNING_JSON_NUMBER'
  | 'SIGNING_JSON_TOO_DEEP'
  | 'SIGNING_JSON_TOO_LARGE'
  | 'SIGNING_JSON_UNSUPPORTED'
  | 'SIGNING_JWS_INVALID'
  | 'SIGNING_KEY_DUPLICATE'
  | 'SIGNING_KEY_INVALID'
  | 'SIGNING_KEY_PRIVATE'
  | 'SIGNING_KEY_ROLE_CONFLICT'
  | 'SIGNING_NOTE_INVALID'
  | 'SIGNING_POLICY_INVALID'
  | 'SIGNING_PROOF_INVALID'
  | 'SIGNING_SECRET_WEAK'
  | 'SIGNING_STATEMENT_INVALID'
  | 'SIGNING_THRESHOLD_NOT_MET'
  | 'SIGNING_VKEY_INVALID';

/** Plain facts about a failure: positions, counts, names of fields. */
export type SigningErrorDetails = Readonly<Record<string, string | number | boolean>>;

/**
 * The one error class of this package; `code` says what was refused.
 *
 * Neither the message nor `details` ever holds key material or a value that was being signed.
 */
export class SigningError extends Error {
  readonly code: SigningErrorCode;
  readonly details: SigningErrorDetails;

  constructor(
    code: SigningErrorCode,
    message: string,
    options: { readonly details?: SigningErrorDetails; readonly cause?: unknown } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'SigningError';
    this.code = code;
    this.details = Object.freeze({ ...options.details });
    Object.defineProperty(this, BRAND, { value: true });
  }

  /** True for a `SigningError`, from whichever copy of this package. */
  static is(value: unknown): value is SigningError {
    return value instanceof Error && (value as { [BRAND]?: unknown })[BRAND] === true;
  }
}
