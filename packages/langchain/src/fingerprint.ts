import { toJsonSchema } from '@langchain/core/utils/json_schema';

/** Tells tools of one name apart: by what they say of themselves and what they take. */
export interface Fingerprints {
  of(tool: { readonly description?: unknown; readonly schema?: unknown }): string;
}

function describeSchema(schema: unknown): string {
  if (typeof schema !== 'object' || schema === null) return 'none';
  try {
    return JSON.stringify(toJsonSchema(schema as Parameters<typeof toJsonSchema>[0]));
  } catch {
    // A schema with no JSON form, such as one that transforms; the description still counts.
    return 'opaque';
  }
}

/** Creates a way to tell tools apart that describes each schema once. */
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
