import { z } from 'zod';

type CamelCase<Name extends string> = Name extends `${infer Head}_${infer Tail}`
  ? `${Head}${Capitalize<CamelCase<Tail>>}`
  : Name;

/** A wire type (snake_case) as TypeScript sees it (camelCase); maps with free keys stay as they are. */
export type InCode<Wire> = Wire extends readonly (infer Item)[]
  ? readonly InCode<Item>[]
  : Wire extends object
    ? string extends keyof Wire
      ? Wire
      : { readonly [Key in keyof Wire as CamelCase<Key & string>]: InCode<Wire[Key]> }
    : Wire;

interface NamePlan {
  readonly from: string;
  readonly to: string;
  readonly inner: ((value: unknown) => unknown) | undefined;
}

const camel = (name: string): string =>
  name.replace(/_([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());

function unwrap(schema: z.core.$ZodType): z.core.$ZodType {
  const inner = (schema as { _zod: { def: { innerType?: z.core.$ZodType } } })._zod.def.innerType;
  return inner === undefined ? schema : unwrap(inner);
}

/** Names that can be converted to camelCase and back without loss. */
const WIRE_NAME = /^[a-z][a-z0-9]*(_[a-z0-9]+)*$/;

function renameObject(plans: readonly NamePlan[]): (value: unknown) => unknown {
  const known = new Set(plans.map(({ from }) => from));
  return (value) => {
    if (typeof value !== 'object' || value === null) return value;
    const source = value as Record<string, unknown>;
    const renamed: Record<string, unknown> = {};
    for (const { from, to, inner } of plans) {
      const member = source[from];
      if (member !== undefined) renamed[to] = inner === undefined ? member : inner(member);
    }
    // Undeclared members are kept for the schema to refuse, so that nothing is lost silently.
    for (const key in source) {
      if (!known.has(key) && Object.hasOwn(source, key)) renamed[key] = source[key];
    }
    return renamed;
  };
}

/** The members of an object, or of every option of a union of objects. */
function membersOf(schema: z.core.$ZodType): readonly (readonly [string, z.core.$ZodType])[] {
  if (schema instanceof z.ZodObject) {
    return Object.entries(schema.shape as Record<string, z.core.$ZodType>);
  }
  return schema instanceof z.ZodUnion ? schema.options.map(unwrap).flatMap(membersOf) : [];
}

/**
 * Builds, once per schema, the function that renames the declared members of a value in one
 * direction. Keys of maps and of free JSON are data and are not renamed.
 *
 * @throws {TypeError} when a name is not in snake_case, or two names would become one in camelCase.
 */
export function renamer(
  schema: z.core.$ZodType,
  direction: 'to_wire' | 'from_wire',
): ((value: unknown) => unknown) | undefined {
  const plain = unwrap(schema);
  if (plain instanceof z.ZodArray) {
    const inner = renamer(plain.element, direction);
    return inner && ((value) => (Array.isArray(value) ? value.map(inner) : value));
  }
  const members = new Map(membersOf(plain));
  if (members.size === 0) return undefined;
  const names = [...members.keys()].sort();
  if (!names.every((wire) => WIRE_NAME.test(wire)) || new Set(names.map(camel)).size < names.length)
    throw new TypeError('a record type needs distinct names in snake_case');
  const plans = names.map((wire): NamePlan => {
    const inner = renamer(members.get(wire) ?? plain, direction);
    return direction === 'to_wire'
      ? { from: camel(wire), to: wire, inner }
      : { from: wire, to: camel(wire), inner };
  });
  return renameObject(plans);
}
