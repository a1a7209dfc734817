import { PolicyError } from '@spanforge/policy';
import { blocked } from '@spanforge/policy/internal';

/** The verdict where nobody knows which arm to ask. */
export const UNAVAILABLE = Object.freeze(
  blocked('state_unavailable', 'How far the canary has come cannot be read.'),
);
/** The verdict of a canary that the log knows otherwise. */
export const CONFLICT = Object.freeze(
  blocked('canary_conflict', 'The canary was begun under other config.'),
);
/** The verdict where the arm failed. */
export const FAULTY = Object.freeze(blocked('policy_error', 'The policy could not be evaluated.'));

/** The error of a canary that the log knows otherwise. */
export function conflictError(): PolicyError {
  const message = 'the log knows this canary with another salt, unit, rules or bundle';
  return new PolicyError('POLICY_CANARY_CONFLICT', message);
}

/** Whether an error is a {@link conflictError}. */
export function isConflict(error: unknown): boolean {
  return PolicyError.is(error) && error.code === 'POLICY_CANARY_CONFLICT';
}
