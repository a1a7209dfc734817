/**
 * What goes wrong, before it becomes an `EventsError` on the calling thread: the writing thread does
 * without that class, and so starts without loading everything around it.
 */
export interface Fault extends Error {
  readonly code: 'EVENTS_STORE_UNAVAILABLE' | 'EVENTS_STORE_INVALID';
  readonly details: Readonly<Record<string, string | number | boolean>>;
}

function isFault(error: unknown): error is Fault {
  const code = codeOf(error);
  return code === 'EVENTS_STORE_UNAVAILABLE' || code === 'EVENTS_STORE_INVALID';
}

/** A finding of ours, not an error of SQLite or the disk. */
export function isInvalid(error: unknown): error is Fault {
  return codeOf(error) === 'EVENTS_STORE_INVALID';
}

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

/** What people can do something about. */
const IN_WORDS: Readonly<Record<string, string>> = {
  SQLITE_FULL: 'the disk is full',
  ENOSPC: 'the disk is full',
  SQLITE_IOERR: 'the disk refuses to read or write; it may be full',
  SQLITE_CANTOPEN: 'the file cannot be opened, or a file beside it cannot be made',
  SQLITE_READONLY: 'the file cannot be written',
  SQLITE_CORRUPT: 'the file is damaged: run "audit fsck"',
  SQLITE_NOTADB: 'the file is no SQLite database',
};

/** The store cannot do its work now. */
export function unavailable(
  reason: string,
  cause?: unknown,
  message = `the SQLite store cannot answer: ${IN_WORDS[codeOf(cause)] ?? reason}`,
): Fault {
  return Object.assign(new Error(message, cause === undefined ? {} : { cause }), {
    code: 'EVENTS_STORE_UNAVAILABLE' as const,
    details: { reason, ...(cause === undefined ? {} : { sqlite: codeOf(cause) }) },
  });
}

/** The file, or what is to be stored, is nothing this version may work with. */
export function invalid(
  reason: string,
  details: Record<string, string | number> = {},
  message = `not fit for a SQLite store: ${reason}`,
): Fault {
  return Object.assign(new Error(message), {
    code: 'EVENTS_STORE_INVALID' as const,
    details: { reason, ...details },
  });
}

/** Passes faults through and makes anything else one. */
export function asFault(reason: string, error: unknown): Fault {
  return isFault(error) ? error : unavailable(reason, error);
}
