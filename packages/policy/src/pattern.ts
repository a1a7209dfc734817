/** Whether a name matches a list of exact names and prefixes ending in `*`. */
export type Matcher = (name: string) => boolean;

/** The exact names and the prefixes of a list of patterns. */
export function splitPatterns(patterns: readonly string[]): {
  readonly names: readonly string[];
  readonly prefixes: readonly string[];
} {
  return {
    names: patterns.filter((pattern) => !pattern.endsWith('*')),
    prefixes: patterns.filter((pattern) => pattern.endsWith('*')).map((text) => text.slice(0, -1)),
  };
}

/** Creates a test of a name against patterns: a name as it is, or a prefix that ends in `*`. */
export function createMatcher(patterns: readonly string[]): Matcher {
  const { names, prefixes } = splitPatterns(patterns);
  const exact = new Set(names);
  if (prefixes.length === 0) return (name) => exact.has(name);
  return (name) => exact.has(name) || prefixes.some((prefix) => name.startsWith(prefix));
}
