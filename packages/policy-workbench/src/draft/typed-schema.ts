import { ConditionError, typeOfSchema } from '@spanforge/condition';
import { argumentNames } from './argument.js';
import { review } from './comments.js';
import type { Observation, ToolSchema } from './types.js';

type Schema = Readonly<Record<string, unknown>>;

/** The schema of a tool in a drafted bundle, and notes about it. */
export interface TypedSchema {
  readonly schema: Schema;
  readonly comments: readonly string[];
}

/** The declared types if the recorded calls match them; otherwise those of the calls. */
export function schemaOf(
  declared: ToolSchema | undefined,
  observed: readonly Observation[],
): TypedSchema {
  const names = argumentNames(observed);
  if (declared?.schema === undefined) {
    return { schema: inferred(names, observed), comments: ['types: those seen in the calls'] };
  }
  const schema = typesOnly(declared.schema) as Schema;
  const properties = (schema.properties ?? {}) as Schema;
  const strangers = names.filter((name) => !Object.hasOwn(properties, name));
  if (strangers.length === 0 && isReadable(schema)) {
    return { schema, comments: ['types: as declared'] };
  }
  const why =
    strangers.length === 0
      ? 'the declared schema cannot be read'
      : `calls have arguments that are not declared: ${JSON.stringify(strangers)}`;
  return { schema: inferred(names, observed), comments: [review(why)] };
}

function isReadable(schema: Schema): boolean {
  try {
    return typeOfSchema(schema).kind === 'object';
  } catch (cause) {
    if (ConditionError.is(cause)) return false;
    throw cause;
  }
}

/** The part of a schema that says which types there are; an unreadable part allows anything. */
function typesOnly(schema: unknown): unknown {
  if (typeof schema !== 'object' || schema === null || Array.isArray(schema)) return {};
  const { type, properties, items, additionalProperties, enum: values } = schema as Schema;
  const isMap = typeof properties === 'object' && properties !== null;
  return {
    ...(type === undefined ? {} : { type }),
    ...(isMap
      ? {
          properties: Object.fromEntries(
            Object.entries(properties).map(([name, one]) => [name, typesOnly(one)]),
          ),
        }
      : {}),
    ...(items === undefined ? {} : { items: typesOnly(items) }),
    ...(Array.isArray(values) ? { enum: values } : {}),
    ...(typeof additionalProperties === 'boolean' ? { additionalProperties } : {}),
  };
}

function inferred(names: readonly string[], observed: readonly Observation[]): Schema {
  const properties = Object.fromEntries(
    names.map((name) => {
      const values = observed.flatMap(({ call }) =>
        Object.hasOwn(call.args, name) ? [call.args[name]] : [],
      );
      const types = [...new Set(values.map(typeName))];
      return [name, types.length === 1 && types[0] !== 'null' ? { type: types[0] } : {}];
    }),
  );
  return { type: 'object', properties, additionalProperties: true };
}

function typeName(value: unknown): string {
  if (value === null) return 'null';
  return Array.isArray(value) ? 'array' : typeof value;
}
