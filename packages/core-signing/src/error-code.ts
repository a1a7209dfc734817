/**
 * The `code` of an error, where it has one that is text: those of SpanForge, Node.js and most
 * libraries do. Reads nothing else, so that it can be used on whatever was thrown.
 */
export function errorCode(error: unknown): string | undefined {
  if (typeof error !== 'object' || error === null || !('code' in error)) return undefined;
  return typeof error.code === 'string' && error.code !== '' ? error.code : undefined;
}
