import { EventsError } from './error.js';

/**
 * The record because of which a state cannot be read, as the end of a sentence such as "the roles
 * cannot be read"; empty if the error names none.
 */
export function nameUnreadableRecord(error: unknown): string {
  if (!EventsError.is(error) || typeof error.details.index !== 'number') return '';
  return `: record ${error.details.index} is not whole`;
}
