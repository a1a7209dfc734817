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

const UNWRITABLE =
  'the file cannot be written, or a file beside it cannot be made: look at its owner, its mode and how its file system is mounted';

/** What people can do something about. */
const IN_WORDS: Readonly<Record<string, string>> = {
  SQLITE_FULL: 'the disk is full',
  ENOSPC: 'the disk is full',
  SQLITE_IOERR: 'the disk refuses to read or write; it may be full',
  SQLITE_CANTOPEN: 'the file cannot be opened, or a file beside it cannot be made',
  SQLITE_READONLY: UNWRITABLE,
  EACCES: UNWRITABLE,
  EPERM: UNWRITABLE,
  EROFS: UNWRITABLE,
  SQLITE_CORRUPT: 'the file is damaged: run "audit fsck"',
  SQLITE_NOTADB: 'the file is no SQLite database',
};

/** Codes that a driver may give as a number, with more in the bytes above the lowest. */
const BY_NUMBER: Readonly<Record<number, string>> = {
  8: 'SQLITE_READONLY',
  10: 'SQLITE_IOERR',
  11: 'SQLITE_CORRUPT',
  13: 'SQLITE_FULL',
  14: 'SQLITE_CANTOPEN',
  26: 'SQLITE_NOTADB',
};

function wordsFor(code: string): string | undefined {
  const number = /^UNKNOWN_SQLITE_ERROR_([0-9]+)$/.exec(code)?.[1];
  const name = number === undefined ? code : BY_NUMBER[Number(number) & 0xff];
  // A longer name says more about the same: SQLITE_IOERR_WRITE.
  return IN_WORDS[name?.match(/^SQLITE_[A-Z]+/)?.[0] ?? name ?? ''];
}

/** The store cannot do its work now. */
export function unavailable(
  reason: string,
  cause?: unknown,
  message = `the SQLite store cannot answer: ${wordsFor(codeOf(cause)) ?? reason}`,
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
