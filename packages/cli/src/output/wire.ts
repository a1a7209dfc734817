const snakeCase = (name: string): string =>
  name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);

/**
 * Converts the keys of a report to snake_case. Only for values whose keys are field names; keys
 * that are data (names of tools, ids of rules) would be renamed too.
 */
export function toWire(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(toWire);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, content]) => [snakeCase(name), toWire(content)]),
  );
}
