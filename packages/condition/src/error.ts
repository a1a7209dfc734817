/** Every code a {@link ConditionError} can carry. */
export type ConditionErrorCode =
  | 'CONDITION_TOO_LONG'
  | 'CONDITION_TOO_COMPLEX'
  | 'CONDITION_SYNTAX'
  | 'CONDITION_UNSUPPORTED'
  | 'CONDITION_REGEX'
  | 'CONDITION_NUMBER'
  | 'CONDITION_UNKNOWN_NAME'
  | 'CONDITION_UNKNOWN_FIELD'
  | 'CONDITION_TYPE_MISMATCH'
  | 'CONDITION_NOT_BOOLEAN'
  | 'CONDITION_SCHEMA';

/** Where in a condition's source an error stands; all zero for an error in a schema. */
export interface ConditionErrorDetails {
  /** UTF-16 offset from the start of the source, from 0. */
  readonly offset: number;
  /** From 1. */
  readonly line: number;
  /** From 1, in UTF-16 units. */
  readonly column: number;
}

const BRAND = Symbol.for('spanforge.condition.error');

/** A condition, or a schema for conditions, that is refused. */
export class ConditionError extends Error {
  override readonly name = 'ConditionError';
  readonly code: ConditionErrorCode;
  readonly details: ConditionErrorDetails;

  constructor(
    code: ConditionErrorCode,
    message: string,
    details: ConditionErrorDetails = { offset: 0, line: 0, column: 0 },
    options?: { cause?: unknown },
  ) {
    super(message, options);
    this.code = code;
    this.details = details;
    Object.defineProperty(this, BRAND, { value: true });
  }

  /** Whether a value is a condition error, from this copy of the package or another. */
  static is(value: unknown): value is ConditionError {
    return typeof value === 'object' && value !== null && BRAND in value;
  }
}

/** Builds an error that points into a source. */
export function errorAt(
  source: string,
  offset: number,
  code: ConditionErrorCode,
  message: string,
  cause?: unknown,
): ConditionError {
  const before = source.slice(0, offset);
  const line = before.split('\n').length;
  const column = offset - (before.lastIndexOf('\n') + 1) + 1;
  return new ConditionError(
    code,
    message,
    { offset, line, column },
    cause === undefined ? undefined : { cause },
  );
}
