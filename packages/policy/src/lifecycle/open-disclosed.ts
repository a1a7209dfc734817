import type { Disclosure } from '@spanforge/core-events';
import { fromBase64Url, fromUtf8, sha256, toBase64Url } from '@spanforge/core-signing';

/** The value of a disclosure; `undefined` where it is not what was committed to. */
export function openDisclosed(
  { name, encoded }: Disclosure,
  committed: string,
): { readonly value: unknown } | undefined {
  try {
    if (toBase64Url(sha256(encoded)) !== committed) return undefined;
    const parts: unknown = JSON.parse(fromUtf8(fromBase64Url(encoded)));
    if (!Array.isArray(parts) || parts.length !== 3 || parts[1] !== name) return undefined;
    return { value: parts[2] };
  } catch {
    return undefined;
  }
}
