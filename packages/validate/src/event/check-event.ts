import { eventSchema } from '@spanforge/core-events/records';
import type { z } from 'zod';
import { type Violation, violation } from '../violation.js';
import { copyPlain, isObject, own, unknownField } from './plain.js';

function valueAt(value: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>(
    (inner, part) => (typeof inner === 'object' && inner !== null ? own(inner, part) : undefined),
    value,
  );
}

function describe(issue: z.core.$ZodIssue, event: unknown): readonly Violation[] {
  const { path } = issue;
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => unknownField([...path, key]));
  }
  if (valueAt(event, path) === undefined) return [violation(path, 'required', 'must be there')];
  if (issue.code === 'invalid_type') return [violation(path, 'type', `expected ${issue.expected}`)];
  return [violation(path, 'format', issue.message)];
}

/** Maps pass over a member of this name, which would let it vanish unseen. */
function prototypeMembers(event: unknown): readonly Violation[] {
  if (!isObject(event)) return [];
  const tags = own(event, 'tags');
  const found: Violation[] = [];
  if (Object.hasOwn(event, '__proto__')) found.push(unknownField(['__proto__']));
  if (isObject(tags) && Object.hasOwn(tags, '__proto__')) {
    found.push(unknownField(['tags', '__proto__']));
  }
  return found;
}

/** Everything that does not hold for the parts of a plain copy. */
export function checkPlainEvent(copy: unknown): readonly Violation[] {
  const parsed = eventSchema.safeParse(copy);
  const issues = parsed.success
    ? []
    : parsed.error.issues.flatMap((issue) => describe(issue, copy));
  const known = new Set(issues.map(({ path }) => path));
  return [...issues, ...prototypeMembers(copy).filter(({ path }) => !known.has(path))];
}

/** Everything that does not hold for an event in wire form; nothing for a valid one. */
export function checkEvent(event: unknown): readonly Violation[] {
  const plain = copyPlain(event);
  return plain.ok ? checkPlainEvent(plain.value) : [plain.violation];
}
