import { EventsError } from '@spanforge/core-events';
import { asFault } from './failure.js';

/** The error a method of the store rejects with; `reason` names an error that is not a fault of ours yet. */
export function asEventsError(reason: string, error: unknown): EventsError {
  if (EventsError.is(error)) return error;
  const fault = asFault(reason, error);
  const { code, message, details, cause } = fault;
  return new EventsError(code, message, cause === undefined ? { details } : { details, cause });
}
