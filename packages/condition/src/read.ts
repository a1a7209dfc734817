import type { ConditionInput } from './roots.js';

/** The result of reading a path: a value, nothing, or a value without fields. */
export const MISSING: unique symbol = Symbol('missing');
export const MISTYPED: unique symbol = Symbol('mistyped');

/** The position of a path in the input; `args` is short for `request.args`. */
export function inputKeys(names: readonly string[]): readonly string[] {
  return names[0] === 'args' ? ['request', ...names] : names;
}

/** Reads one own field; inherited names such as `constructor` are never found. */
export function readField(holder: unknown, name: string): unknown {
  if (typeof holder !== 'object' || holder === null || Array.isArray(holder)) return MISTYPED;
  if (!Object.hasOwn(holder, name)) return MISSING;
  const value = (holder as Record<string, unknown>)[name];
  return value === undefined ? MISSING : value;
}

export function readKeys(input: ConditionInput, keys: readonly string[]): unknown {
  let value: unknown = input;
  for (const key of keys) {
    value = readField(value, key);
    if (value === MISSING || value === MISTYPED) return value;
  }
  return value;
}
