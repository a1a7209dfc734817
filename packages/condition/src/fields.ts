import { children, type Expression } from './expression.js';
import { inputKeys, MISSING, MISTYPED, readKeys } from './read.js';
import type { ConditionInput } from './roots.js';

/** A place a condition reads. */
export interface ReadField {
  readonly path: string;
  readonly keys: readonly string[];
}

/** Every path an expression reads, once each, in the order of their names. */
export function readFields(expression: Expression): readonly ReadField[] {
  const found = new Map<string, ReadField>();
  const visit = (node: Expression): void => {
    if (node.kind === 'path') {
      found.set(node.path, { path: node.path, keys: inputKeys(node.names) });
    }
    for (const child of children(node)) visit(child);
  };
  visit(expression);
  return [...found.values()].sort((a, b) => (a.path < b.path ? -1 : 1));
}

/** The values at those paths; missing ones are left out. */
export function readValues(
  fields: readonly ReadField[],
  input: ConditionInput,
): Readonly<Record<string, unknown>> {
  const values: Record<string, unknown> = {};
  for (const { path, keys } of fields) {
    const value = readKeys(input, keys);
    if (value !== MISSING && value !== MISTYPED) values[path] = value;
  }
  return values;
}
