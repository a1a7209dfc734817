import { GovernError } from '../error.js';
import type { CallContext } from './call.js';

/** Everybody who has to be named before a call can be decided about. */
export const CONTEXT_REQUIRED = 'tenant, project, env, run, traceId, agent and actor';

type Form = readonly [expected: string, fits: (value: unknown) => boolean];

const isText = (value: unknown): boolean => typeof value === 'string';
const isObject = (value: unknown): value is object => typeof value === 'object' && value !== null;
const TEXT: Form = ['text', isText];
const TEXTS: Form = ['a list of texts', (value) => Array.isArray(value) && value.every(isText)];
const isName = (value: unknown): boolean =>
  typeof value === 'string' && value !== '' && value.length <= 512 && value.isWellFormed();
/** A label that no record can name would be noticed only once the tool has run. */
const NAMES: Form = [
  'a list of names of 1 to 512 characters',
  (value) => Array.isArray(value) && value.every(isName),
];

/** What may be left out, and what it is where it is there. */
const OPTIONAL = Object.entries<Form>({
  spanId: TEXT,
  callId: TEXT,
  reviewId: TEXT,
  actorRoles: TEXTS,
  agentCapabilities: TEXTS,
  labels: NAMES,
  policyContext: ['an object', (value) => isObject(value) && !Array.isArray(value)],
  signal: ['an AbortSignal', (value) => isObject(value) && 'aborted' in value],
} satisfies Partial<Record<keyof CallContext, Form>>);

/** Builds the error for a context, or a member of it, that does not say who calls. */
export function contextError(path: string, expected: string): GovernError {
  return new GovernError('GOVERN_CONTEXT_INVALID', `${path}: expected ${expected}`, {
    details: { path: `$.${path}` },
  });
}

/** Builds the error for what is no context at all. */
export function noContextError(where: string): GovernError {
  return contextError(where, `who calls: an object with ${CONTEXT_REQUIRED}`);
}

/**
 * Checks the form of a context before anything is decided. A name that is missing is not told here:
 * such a call is blocked with the reason.
 *
 * @throws {GovernError} `GOVERN_CONTEXT_INVALID` with the path of what is wrong.
 */
export function checkCallContext(context: unknown): void {
  if (!isObject(context) || Array.isArray(context)) throw noContextError('context');
  const given = context as Readonly<Record<string, unknown>>;
  for (const [key, [expected, fits]] of OPTIONAL) {
    if (given[key] !== undefined && !fits(given[key])) {
      throw contextError(`context.${key}`, expected);
    }
  }
}
