/**
 * The `code` of an error if it is a string, as in errors of SpanForge, Node.js and most libraries.
 * Reads nothing else, so it is safe for any thrown value.
 */
export function errorCode(error: unknown): string | undefined {
  if (typeof error !== 'object' || error === null || !('code' in error)) return undefined;
  return typeof error.code === 'string' && error.code !== '' ? error.code : undefined;
}
