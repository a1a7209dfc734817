/**
 * The `code` of an error if it is a string, as in errors of SpanForge, Node.js and most libraries.
 * Reads nothing else, so it is safe for any thrown value.
 */
export function errorCode(error: unknown): string | undefined {
  if (typeof error !== 'object' || error === null || !('code' in error)) return undefined;
  return typeof error.code === 'string' && error.code !== '' ? error.code : undefined;
}

/** What people can do something about. */
const IN_WORDS: Readonly<Record<string, string>> = {
  EACCES: 'permission denied',
  EDQUOT: 'the disk quota is used up',
  EFBIG: 'the file would be larger than the system allows',
  EIO: 'the disk refuses to read or write',
  EMFILE: 'too many files are open in this process',
  ENFILE: 'too many files are open on this machine',
  ENOSPC: 'the disk is full',
  EPERM: 'permission denied',
  EROFS: 'the file system is read-only',
};

/**
 * Why a file could not be read or written: words and the code of the system, such as `the disk is full
 * (ENOSPC)`; the code alone where there are no words for it, and `unknown` without one.
 */
export function fileErrorReason(error: unknown): string {
  const code = errorCode(error) ?? 'unknown';
  const words = Object.hasOwn(IN_WORDS, code) ? IN_WORDS[code] : undefined;
  return words === undefined ? code : `${words} (${code})`;
}
