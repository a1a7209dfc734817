import {
  barePayloadSchema,
  eventSchema,
  RECORD_TYPES,
  RECORD_VERSION,
  recordEnvelope,
} from '@spanforge/core-events/records';
import { z } from 'zod';

/** A JSON Schema document. */
export type JsonSchema = Readonly<Record<string, unknown>>;

const TIMESTAMP = '^\\d{4}-\\d{2}-\\d{2}T\\d{2}:\\d{2}:\\d{2}(\\.\\d{1,9})?Z$';

/** Checks that a schema does in code and that cannot be converted to JSON Schema automatically. */
function override(context: {
  zodSchema: z.core.$ZodTypes;
  jsonSchema: z.core.JSONSchema.BaseSchema;
  path: (string | number)[];
}): void {
  const { zodSchema, jsonSchema, path } = context;
  const name = path.at(-1);
  if (zodSchema._zod.def.type === 'custom' && name === 'payload') jsonSchema.type = 'object';
  if (name === 'timestamp' && jsonSchema.type === 'string') jsonSchema.pattern = TIMESTAMP;
  if (name === 'tags' && jsonSchema.type === 'object') jsonSchema.maxProperties = 50;
}

function schemaOf(id: string, schema: z.ZodType): JsonSchema {
  const { $schema, ...rest } = z.toJSONSchema(schema, { unrepresentable: 'any', override });
  return { $schema, $id: `urn:spanforge:schema:${id}`, title: id, ...rest };
}

/**
 * The published JSON Schemas (draft 2020-12) of events, of the record envelope and of every record
 * type's body, by file name. Made from the schemas that validate. The meaning of a versioned name
 * never changes.
 */
export function jsonSchemas(): ReadonlyMap<string, JsonSchema> {
  const named: readonly (readonly [string, z.ZodType])[] = [
    ['spanforge.event.v2', eventSchema],
    ['spanforge.event.bare.v2', barePayloadSchema],
    [RECORD_VERSION, recordEnvelope],
    ...RECORD_TYPES.map(({ key, schema }) => [key, schema] as const),
  ];
  return new Map(named.map(([id, schema]) => [`${id}.json`, schemaOf(id, schema)]));
}
