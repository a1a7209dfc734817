import { EventsError } from '@spanforge/core-events';
import { PolicyError } from '../error.js';

/** The error of a log that cannot be read. Its details say what the log answered: the code, and the reason. */
export function logUnreadable(cause: unknown): PolicyError {
  const { code, details } = EventsError.is(cause) ? cause : { code: undefined, details: undefined };
  const { reason } = details ?? {};
  return new PolicyError('POLICY_STATE_UNAVAILABLE', 'the evidence log cannot be read', {
    cause,
    details: {
      ...(code === undefined ? {} : { because: code }),
      ...(reason === undefined ? {} : { reason }),
    },
  });
}
