/** Why a condition could not be decided. */
export type IndeterminateReason =
  /** A field, root or list element the condition reads is not there. */
  | 'missing_value'
  /** A value has another type than the condition needs. */
  | 'type_error'
  /** A division by zero, or a result no finite double holds. */
  | 'arithmetic'
  /** The evaluation would take more steps than allowed. */
  | 'cost'
  /** The input threw while it was read (an accessor, a proxy). */
  | 'unreadable';

/** True, false, or indeterminate with the reason; `path` is set if one is known. */
export type ConditionResult = { readonly value: true } | { readonly value: false } | Indeterminate;

/** A condition that could not be decided. Never treat it as false. */
export interface Indeterminate {
  readonly value: 'indeterminate';
  readonly reason: IndeterminateReason;
  readonly path?: string;
}

/** Marks failures inside the evaluator; no governed value can carry it. */
const FAILURE: unique symbol = Symbol('failure');

/** A failure travelling as a value, made at compile time so that evaluation allocates nothing. */
export interface ConditionFailure {
  readonly [FAILURE]: true;
  readonly result: Indeterminate;
}

export function failure(reason: IndeterminateReason, path?: string): ConditionFailure {
  const result: Indeterminate =
    path === undefined
      ? { value: 'indeterminate', reason }
      : { value: 'indeterminate', reason, path };
  return Object.freeze({ [FAILURE]: true as const, result: Object.freeze(result) });
}

export function isFailure(value: unknown): value is ConditionFailure {
  return typeof value === 'object' && value !== null && FAILURE in value;
}
