import { canonicalize, SigningError } from '@spanforge/core-signing';
import type { z } from 'zod';

/** A problem of a value that people wrote: its place, and what was expected there. */
export interface InputFault {
  readonly path: readonly PropertyKey[];
  readonly expectation: string;
}

/** The size limit, and the error for a value that is refused. */
export interface PlainCopyOptions {
  /** Largest size in bytes of the canonical JSON. */
  readonly maxBytes: number;
  readonly onFault: (fault: InputFault, cause?: unknown) => Error;
}

/**
 * Copies plain data, so that nothing is shared with the caller's value: no getter can run later,
 * and no key `__proto__` is left in it.
 *
 * @throws what `onFault` makes, for anything that is not plain data of that size.
 */
export function plainCopy(value: unknown, { maxBytes, onFault }: PlainCopyOptions): unknown {
  try {
    const text = canonicalize(value, { maxLength: maxBytes, integers: 'safe' });
    if (new TextEncoder().encode(text).length > maxBytes) {
      throw onFault({ path: [], expectation: `expected at most ${maxBytes} bytes` });
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

/** The first problem that a schema found. */
export function firstFault(error: z.ZodError): InputFault {
  const issue = error.issues[0];
  if (issue === undefined) return { path: [], expectation: 'not as expected' };
  if (issue.code === 'unrecognized_keys') {
    return { path: [...issue.path, issue.keys[0] ?? ''], expectation: 'no such field' };
  }
  const expectation = issue.code === 'invalid_type' ? `expected ${issue.expected}` : issue.message;
  return { path: issue.path, expectation };
}

/** The path of a problem as in configuration files: `$.roles.0`. */
export function dottedPath(path: readonly PropertyKey[]): string {
  return ['$', ...path.map((part) => String(part).slice(0, 64))].join('.');
}
