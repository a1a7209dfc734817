import type { z } from 'zod';
import { barePayloadSchema, eventSchema } from './event-schema.js';

/** One thing that does not hold for an event, and where. It never carries the value. */
export interface EventFault {
  readonly path: readonly PropertyKey[];
  readonly rule: 'required' | 'type' | 'format' | 'unknown_field';
  /** What should have been there, for people. */
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

/** Maps pass over a member of this name, which would let it vanish unseen. */
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
 * Everything that does not hold for an event in wire form; nothing for a valid one.
 *
 * @param copy Plain data, such as `JSON.parse` gives. Size and depth are the caller's to check.
 * @param form `event` (default), or `bare_payload`: only `schema_version`, `source` and `payload`
 *   must be there, the rest is checked where it is present.
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
