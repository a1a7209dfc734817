import { toJsonSchema } from '@langchain/core/utils/json_schema';

/** Tells tools of one name apart by their description and their schema. */
export interface Fingerprints {
  of(tool: { readonly description?: unknown; readonly schema?: unknown }): string;
}

function describeSchema(schema: unknown): string {
  if (typeof schema !== 'object' || schema === null) return 'none';
  try {
    return JSON.stringify(toJsonSchema(schema as Parameters<typeof toJsonSchema>[0]));
  } catch {
    // A schema without a JSON form, such as one that transforms. The description still counts.
    return 'opaque';
  }
}

/** Creates a function that tells tools apart and converts each schema once. */
export function createFingerprints(): Fingerprints {
  const described = new WeakMap<object, string>();
  return {
    of({ description, schema }) {
      const known = typeof schema === 'object' && schema !== null ? described.get(schema) : 'none';
      const text = known ?? describeSchema(schema);
      if (known === undefined) described.set(schema as object, text);
      return JSON.stringify([typeof description === 'string' ? description : null, text]);
    },
  };
}
