import { EventsError } from '@spanforge/core-events';

/** What a failed statement means for the store. */
export type Failure =
  /** Nothing was written and the connection is as good as before: worth another attempt. */
  | 'passing'
  /** What reached the disk is unknown: nothing more may be acknowledged through this store. */
  | 'final';

const PASSING = new Set([
  'SQLITE_BUSY',
  'SQLITE_LOCKED',
  'SQLITE_FULL',
  'SQLITE_READONLY',
  'ENOSPC',
]);

/** The code of an error of SQLite or of the file system, `unknown` for any other. */
export function codeOf(error: unknown): string {
  const code = typeof error === 'object' && error !== null && 'code' in error ? error.code : '';
  return typeof code === 'string' && code !== '' ? code : 'unknown';
}

/**
 * Judges an error. A failed flush is never tried again: the kernel may have dropped the pages it
 * could not write and answer the next flush with success.
 */
export function judge(error: unknown): Failure {
  return PASSING.has(codeOf(error)) ? 'passing' : 'final';
}

/** The error every method of the store rejects with when it cannot do its work. */
export function unavailable(reason: string, cause?: unknown): EventsError {
  return new EventsError('EVENTS_STORE_UNAVAILABLE', `the SQLite store cannot answer: ${reason}`, {
    details: { reason, ...(cause === undefined ? {} : { sqlite: codeOf(cause) }) },
    ...(cause === undefined ? {} : { cause }),
  });
}

/** The error of a file that is not, or is no longer, a store this version may open. */
export function invalid(
  reason: string,
  details: Record<string, string | number> = {},
): EventsError {
  return new EventsError('EVENTS_STORE_INVALID', `not a usable SQLite store: ${reason}`, {
    details: { reason, ...details },
  });
}

/** Passes errors of the port through and wraps any other as `EVENTS_STORE_UNAVAILABLE`. */
export function asUnavailable(reason: string, error: unknown): EventsError {
  return EventsError.is(error) ? error : unavailable(reason, error);
}
