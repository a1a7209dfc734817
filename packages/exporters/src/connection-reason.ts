import { errorCode } from '@spanforge/core-signing';

/** Errors wrap each other at most this deep here. */
const DEEP = 8;

/**
 * Why a connection failed, as the innermost code that the runtime gives, such as `ECONNREFUSED` or
 * `SELF_SIGNED_CERT_IN_CHAIN`, in brackets after a space; an empty text without a code. Codes are names of
 * the runtime, and hold no governed text.
 */
export function connectionReason(error: unknown): string {
  let found: string | undefined;
  for (let at = 0, one = error; at < DEEP && one instanceof Error; at += 1, one = one.cause) {
    found = errorCode(one) ?? found;
  }
  return found !== undefined && /^[A-Z][A-Z0-9_]{1,63}$/.test(found) ? ` (${found})` : '';
}
