import type { z } from 'zod';
import { barePayloadSchema, eventSchema } from './event-schema.js';

/** One problem of an event, with its place. It never contains the value. */
export interface EventFault {
  readonly path: readonly PropertyKey[];
  readonly rule: 'required' | 'type' | 'format' | 'unknown_field';
  /** What was expected, for people. */
  readonly expectation: string;
}

function isObject(value: unknown): value is Readonly<Record<PropertyKey, unknown>> {
  return typeof value === 'object' && value !== null;
}

function own(value: unknown, name: PropertyKey): unknown {
  return isObject(value) && Object.hasOwn(value, name) ? value[name] : undefined;
}

function unknownField(path: readonly PropertyKey[]): EventFault {
  return { path, rule: 'unknown_field', expectation: 'no such field' };
}

function describe(issue: z.core.$ZodIssue, event: unknown): readonly EventFault[] {
  const { path } = issue;
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => unknownField([...path, key]));
  }
  if (path.reduce(own, event) === undefined) {
    return [{ path, rule: 'required', expectation: 'must be there' }];
  }
  if (issue.code === 'invalid_type') {
    return [{ path, rule: 'type', expectation: `expected ${issue.expected}` }];
  }
  return [{ path, rule: 'format', expectation: issue.message }];
}

/** Maps skip a member of this name, so it would silently vanish. */
function prototypeMembers(event: unknown): readonly EventFault[] {
  return [[], ['tags']]
    .filter((path) => {
      const holder = path.reduce(own, event);
      return isObject(holder) && !Array.isArray(holder) && Object.hasOwn(holder, '__proto__');
    })
    .map((path) => unknownField([...path, '__proto__']));
}

const samePath = (left: readonly PropertyKey[], right: readonly PropertyKey[]): boolean =>
  left.length === right.length && left.every((part, at) => part === right[at]);

/**
 * Finds all problems of an event in wire form; none for a valid one.
 *
 * @param copy Plain data, such as from `JSON.parse`. The caller must check size and depth.
 * @param form `event` (default), or `bare_payload`: only `schema_version`, `source` and `payload`
 * are required, the rest is checked if present.
 */
export function checkPlainEvent(
  copy: unknown,
  form: 'event' | 'bare_payload' = 'event',
): readonly EventFault[] {
  const parsed = (form === 'event' ? eventSchema : barePayloadSchema).safeParse(copy);
  const faults = parsed.success
    ? []
    : parsed.error.issues.flatMap((issue) => describe(issue, copy));
  const hidden = prototypeMembers(copy).filter(
    ({ path }) => !faults.some((fault) => samePath(fault.path, path)),
  );
  return [...faults, ...hidden];
}
