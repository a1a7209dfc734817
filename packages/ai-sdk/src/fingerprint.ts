import type { AiSdkTool } from './sdk.js';

function schemaOf(inputSchema: unknown): unknown {
  if (typeof inputSchema !== 'object' || inputSchema === null) return null;
  // A schema from a server is plain JSON; one that the application's own code made may be anything.
  const { jsonSchema } = inputSchema as { readonly jsonSchema?: unknown };
  return typeof jsonSchema === 'object' && !(jsonSchema instanceof Promise) ? jsonSchema : null;
}

/**
 * What a model is told about a tool, as text: its kind, its description, and its schema if that is
 * plain data.
 */
export function fingerprintOf({ type, description, inputSchema }: AiSdkTool): string {
  const told = typeof description === 'string' ? description : null;
  return JSON.stringify([type ?? 'function', told, schemaOf(inputSchema)]);
}
