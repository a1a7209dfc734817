/**
 * Returns the members of a parsed object if it has all the required ones and no others than those
 * listed; otherwise undefined.
 */
export function readMembers(
  value: unknown,
  required: readonly string[],
  optional: readonly string[] = [],
): ((name: string) => unknown) | undefined {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
  const known = Object.keys(value).every((key) => required.includes(key) || optional.includes(key));
  if (!known || !required.every((key) => Object.hasOwn(value, key))) return undefined;
  return (name) => Object.getOwnPropertyDescriptor(value, name)?.value;
}
