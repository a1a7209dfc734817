/** Follows a path of own properties; `undefined` when one is missing. */
export function readPath(holder: unknown, names: readonly string[]): unknown {
  let value = holder;
  for (const name of names) {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
    if (!Object.hasOwn(value, name)) return undefined;
    value = (value as Record<string, unknown>)[name];
  }
  return value;
}
