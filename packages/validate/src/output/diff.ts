/** One difference between two JSON values. */
export interface OutputDifference {
  readonly op: 'add' | 'replace' | 'remove';
  readonly path: readonly PropertyKey[];
}

function isContainer(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}

/**
 * The differences of two plain JSON values, in the order of the members; visits each value once.
 */
export function diff(
  before: unknown,
  after: unknown,
  path: readonly PropertyKey[] = [],
): readonly OutputDifference[] {
  if (Object.is(before, after)) return [];
  const alike = isContainer(before) && isContainer(after);
  if (!alike || Array.isArray(before) !== Array.isArray(after)) return [{ op: 'replace', path }];
  const found: OutputDifference[] = [];
  const key = (name: string) => (Array.isArray(before) ? Number(name) : name);
  for (const [name, value] of Object.entries(before)) {
    const inner = [...path, key(name)];
    if (!Object.hasOwn(after, name)) found.push({ op: 'remove', path: inner });
    else for (const one of diff(value, Reflect.get(after, name), inner)) found.push(one);
  }
  for (const name of Object.keys(after)) {
    if (!Object.hasOwn(before, name)) found.push({ op: 'add', path: [...path, key(name)] });
  }
  return found;
}
