import type { Disclosure } from '@spanforge/core-events';
import { committedParts } from '@spanforge/core-signing';

/**
 * The value of a disclosure; `undefined` where it is not what was committed to.
 *
 * @param parse Another parser than `JSON.parse`, for callers that open many.
 */
export function openDisclosed(
  { name, encoded }: Disclosure,
  committed: string,
  parse?: (text: string) => unknown,
): { readonly value: unknown } | undefined {
  const parts = committedParts(encoded, committed, parse);
  if (!Array.isArray(parts) || parts.length !== 3 || parts[1] !== name) return undefined;
  return { value: parts[2] };
}
