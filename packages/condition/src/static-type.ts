/**
 * The static type of a value.
 *
 * `dyn` is known only at evaluation. An `object` has named `fields`; `rest` types every other
 * field, and without it a field that is not named is an error. Where `nullable` is absent, null is a
 * value of another type.
 */
export type StaticType = { readonly nullable?: true } & (
  | { readonly kind: 'dyn' | 'string' | 'number' | 'boolean' | 'null' }
  | { readonly kind: 'list'; readonly items: StaticType }
  | {
      readonly kind: 'object';
      readonly fields: Readonly<Record<string, StaticType>>;
      readonly rest?: StaticType;
    }
);

/** A type known only once the value is seen. */
export const DYN: StaticType = { kind: 'dyn' };
export const STRING: StaticType = { kind: 'string' };
export const NUMBER: StaticType = { kind: 'number' };
export const BOOLEAN: StaticType = { kind: 'boolean' };
export const NULL: StaticType = { kind: 'null' };

export function listOf(items: StaticType): StaticType {
  return { kind: 'list', items };
}

export function objectOf(fields: Readonly<Record<string, StaticType>>): StaticType {
  return { kind: 'object', fields };
}

export function mapOf(rest: StaticType): StaticType {
  return { kind: 'object', fields: {}, rest };
}

/** The same type, of which null is a value too. */
export function orNull(type: StaticType): StaticType {
  return type.kind === 'dyn' || type.kind === 'null' ? type : { ...type, nullable: true };
}

/** The type of a value that may come from either side; `dyn` if the two differ. */
export function join(left: StaticType, right: StaticType): StaticType {
  if (left === right) return left;
  const joined = joinKinds(left, right);
  return left.nullable === true || right.nullable === true ? orNull(joined) : joined;
}

function joinKinds(left: StaticType, right: StaticType): StaticType {
  if (left.kind === 'list' && right.kind === 'list') return listOf(join(left.items, right.items));
  if (left.kind === 'object' && right.kind === 'object') return joinObjects(left, right);
  return left.kind === right.kind ? left : DYN;
}

type ObjectType = Extract<StaticType, { kind: 'object' }>;

/** Keeps the fields both sides have: a field of one side only would be missing on the other. */
function joinObjects(left: ObjectType, right: ObjectType): StaticType {
  const fields: Record<string, StaticType> = {};
  for (const name of new Set([...Object.keys(left.fields), ...Object.keys(right.fields)])) {
    const a = fieldOf(left, name);
    const b = fieldOf(right, name);
    if (a !== undefined && b !== undefined) fields[name] = join(a, b);
  }
  if (left.rest === undefined || right.rest === undefined) return { kind: 'object', fields };
  return { kind: 'object', fields, rest: join(left.rest, right.rest) };
}

/** The type of one field, or `undefined` when the object cannot have it. */
export function fieldOf(type: ObjectType, name: string): StaticType | undefined {
  return Object.hasOwn(type.fields, name) ? type.fields[name] : type.rest;
}
