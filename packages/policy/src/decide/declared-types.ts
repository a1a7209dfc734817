import { type DeclaredTypes, isOfType, typeOfSchema } from '@spanforge/condition';
import type { PolicyRequest } from '@spanforge/core-events';
import type { PolicyBundle } from '../bundle/bundle.js';

/** The types that a tool's schemas declare for a request; `undefined` where everything fits them. */
export type TypesFor = (request: PolicyRequest) => DeclaredTypes | undefined;

/** Prepares the types of a bundle's tools. */
export function createDeclaredTypes({ tools }: Pick<PolicyBundle, 'tools'>): TypesFor {
  const known = new Map<string, DeclaredTypes>();
  for (const [name, { schema, result }] of Object.entries(tools)) {
    if (schema === undefined && result === undefined) continue;
    known.set(name, {
      ...(schema === undefined ? {} : { args: typeOfSchema(schema) }),
      ...(result === undefined ? {} : { result: typeOfSchema(result) }),
    });
  }
  if (known.size === 0) return () => undefined;
  return (request) => {
    const types = typeof request.tool === 'string' ? known.get(request.tool) : undefined;
    if (types === undefined) return undefined;
    const answered = request.service === 'sf_govern' && request.control === 'tool_result';
    const { args, result } = types;
    const asked: DeclaredTypes = {
      ...(args === undefined || request.args === undefined ? {} : { args }),
      ...(result === undefined || !answered ? {} : { result }),
    };
    try {
      return fits(request, asked) ? undefined : asked;
    } catch {
      // What cannot be read here cannot be read by a condition either, and that is told there.
      return asked;
    }
  };
}

/** Most requests fit: for them no type has to be looked up again. */
function fits({ args, facts }: PolicyRequest, types: DeclaredTypes): boolean {
  const { result } = (facts ?? {}) as { readonly result?: unknown };
  const isArgs = types.args === undefined || isOfType(args, types.args);
  return (
    isArgs && (types.result === undefined || result === undefined || isOfType(result, types.result))
  );
}
