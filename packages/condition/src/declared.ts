import { isNumber } from './is-number.js';
import { fieldOf, type StaticType } from './static-type.js';

/** The types that are declared for the values of one input, by the name a path starts from. */
export type DeclaredTypes = Readonly<Record<string, StaticType>>;

/** The declared type of what stands at a path; `undefined` where nothing is declared. */
export function declaredAt(types: DeclaredTypes, names: readonly string[]): StaticType | undefined {
  const [root = '', ...rest] = names;
  return rest.reduce<StaticType | undefined>(
    (type, name) => (type?.kind === 'object' ? fieldOf(type, name) : undefined),
    Object.hasOwn(types, root) ? types[root] : undefined,
  );
}

/** Whether a value is of a type, with all that is in it. What no type names may be anything. */
export function isOfType(value: unknown, type: StaticType): boolean {
  if (!isOfKind(value, type)) return false;
  if (value === null) return true;
  if (type.kind === 'list') {
    const { items } = type;
    return (
      items.kind === 'dyn' || (value as readonly unknown[]).every((one) => isOfType(one, items))
    );
  }
  if (type.kind !== 'object') return true;
  return Object.entries(value as object).every(([name, one]) => {
    const field = fieldOf(type, name);
    return field === undefined || one === undefined || isOfType(one, field);
  });
}

/** Whether a value is of a type, whatever is in it. */
export function isOfKind(value: unknown, type: StaticType): boolean {
  if (type.kind === 'dyn') return true;
  if (value === null) return type.kind === 'null' || type.nullable === true;
  if (type.kind === 'list') return Array.isArray(value);
  if (type.kind === 'object') return typeof value === 'object' && !Array.isArray(value);
  return type.kind === 'number' ? isNumber(value) : typeof value === type.kind;
}
