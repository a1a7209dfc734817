import { canonicalize, SigningError } from '@spanforge/core-signing';
import type { z } from 'zod';

/** The largest thing people write for this package: bytes of its canonical JSON. */
export const MAX_INPUT_BYTES = 32_768;

/** Where a value is wrong, and what was expected there. */
export interface Fault {
  readonly path: readonly PropertyKey[];
  readonly expectation: string;
}

/** A copy that shares nothing with the caller's value, without any key `__proto__`. */
export function plainCopy(value: unknown, onFault: (fault: Fault, cause?: unknown) => Error) {
  try {
    const text = canonicalize(value, { maxLength: MAX_INPUT_BYTES, integers: 'safe' });
    if (new TextEncoder().encode(text).length > MAX_INPUT_BYTES) {
      throw onFault({ path: [], expectation: `expected at most ${MAX_INPUT_BYTES} bytes` });
    }
    return JSON.parse(text, (key, member) => {
      if (key === '__proto__') {
        throw onFault({ path: [], expectation: 'expected no key named __proto__' });
      }
      return member;
    }) as unknown;
  } catch (cause) {
    if (!SigningError.is(cause)) throw cause;
    const path = String(cause.details.path ?? '$')
      .split('.')
      .slice(1);
    throw onFault({ path, expectation: 'expected plain data of bounded size' }, cause);
  }
}

/** The first fault a schema found. */
export function faultOf(error: z.ZodError): Fault {
  const issue = error.issues[0];
  if (issue === undefined) return { path: [], expectation: 'not as expected' };
  if (issue.code === 'unrecognized_keys') {
    return { path: [...issue.path, issue.keys[0] ?? ''], expectation: 'no such field' };
  }
  const expectation = issue.code === 'invalid_type' ? `expected ${issue.expected}` : issue.message;
  return { path: issue.path, expectation };
}

/** `$.roles.0` */
export function formatPath(path: readonly PropertyKey[]): string {
  return ['$', ...path.map((part) => String(part).slice(0, 64))].join('.');
}

/** Freezes plain data all the way down. */
export function deepFreeze<T>(value: T): T {
  if (typeof value !== 'object' || value === null) return value;
  Object.values(value).forEach(deepFreeze);
  return Object.freeze(value);
}
