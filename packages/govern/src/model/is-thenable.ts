/**
 * Whether something has to be waited for: controls and tools are foreign code, and what they answer may be a
 * promise of another realm or library.
 */
export function isThenable(value: unknown): boolean {
  const isObject = (typeof value === 'object' && value !== null) || typeof value === 'function';
  return isObject && typeof (value as { readonly then?: unknown }).then === 'function';
}
