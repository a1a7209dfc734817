import { MAX_EVENT_BYTES, MAX_PAYLOAD_DEPTH } from '@spanforge/core-events';
import { canonicalize, SigningError } from '@spanforge/core-signing';
import type { Violation } from '../violation.js';

/** A copy that shares nothing with the caller's value, or the reason why it cannot be copied. */
export type Plain =
  | { readonly ok: true; readonly value: unknown }
  | { readonly ok: false; readonly violation: Violation };

const EXPECTATIONS: Readonly<Record<string, string>> = {
  SIGNING_JSON_NUMBER: 'expected a finite number; integers up to 2^53-1',
  SIGNING_JSON_TOO_DEEP: `expected a payload nested at most ${MAX_PAYLOAD_DEPTH} deep`,
  SIGNING_JSON_TOO_LARGE: `expected at most ${MAX_EVENT_BYTES} bytes`,
};
const LIMITS: readonly string[] = ['SIGNING_JSON_TOO_DEEP', 'SIGNING_JSON_TOO_LARGE'];

/** Copies plain JSON data within the limits of events; runs no getter. */
export function copyPlain(value: unknown): Plain {
  try {
    const text = canonicalize(value, {
      maxDepth: MAX_PAYLOAD_DEPTH + 1,
      maxLength: MAX_EVENT_BYTES,
      integers: 'safe',
    });
    if (new TextEncoder().encode(text).length > MAX_EVENT_BYTES)
      return refused('SIGNING_JSON_TOO_LARGE');
    return { ok: true, value: JSON.parse(text) };
  } catch (error) {
    if (!SigningError.is(error)) throw error;
    return refused(error.code, String(error.details.path ?? '$'));
  }
}

function refused(code: string, path = '$'): Plain {
  const rule = LIMITS.includes(code) ? 'limit' : 'plain_data';
  const expectation = EXPECTATIONS[code] ?? 'expected plain JSON data';
  return { ok: false, violation: { path, rule, expectation } };
}

/** True for what JSON calls an object. */
export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
