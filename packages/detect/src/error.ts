/** Every code a {@link DetectError} can carry. */
export type DetectErrorCode = 'DETECT_OPTION' | 'DETECT_NOT_TEXT' | 'DETECT_NOT_JSON';

/** What was wrong, in identifiers only. */
export interface DetectErrorDetails {
  /** The option that is not valid. */
  readonly option?: string;
  /** Why a value is not JSON. */
  readonly reason?: 'cycle' | 'depth' | 'kind';
}

const BRAND = Symbol.for('spanforge.detect.error');

/** An input that cannot be searched; it must be treated as if something had been found. */
export class DetectError extends Error {
  override readonly name = 'DetectError';
  readonly code: DetectErrorCode;
  readonly details: DetectErrorDetails;

  constructor(code: DetectErrorCode, message: string, details: DetectErrorDetails = {}) {
    super(message);
    this.code = code;
    this.details = details;
    Object.defineProperty(this, BRAND, { value: true });
  }

  /** Whether a value is a detect error, from this copy of the package or another. */
  static is(value: unknown): value is DetectError {
    return typeof value === 'object' && value !== null && BRAND in value;
  }
}
