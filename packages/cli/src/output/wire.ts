const snakeCase = (name: string): string =>
  name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);

/**
 * A report as it is written: the same data with its keys in snake_case. Only for values whose keys
 * are names of fields; keys that are data (names of tools, ids of rules) would be renamed too.
 */
export function toWire(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(toWire);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, content]) => [snakeCase(name), toWire(content)]),
  );
}
