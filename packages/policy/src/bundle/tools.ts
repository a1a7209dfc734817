import { ConditionError, type StaticType, typeOfSchema } from '@spanforge/condition';
import type { PolicyTool } from './bundle.js';
import type { Problems } from './problem.js';
import type { ArgumentTypes } from './rule.js';
import type { WrittenBundle } from './schema.js';

type WrittenTools = NonNullable<WrittenBundle['tools']>;

/** Reads the declared tools, and the types their schemas give to arguments. */
export function readTools(
  written: WrittenTools,
  problems: Problems,
): { readonly tools: Readonly<Record<string, PolicyTool>>; readonly types: ArgumentTypes } {
  const tools: Record<string, PolicyTool> = Object.create(null);
  const types = new Map<string, StaticType>();
  for (const [name, { schema, effect, output }] of Object.entries(written)) {
    const tool = { effect, output: output ?? 'untrusted' } as const;
    tools[name] = deepFreeze(schema === undefined ? tool : { ...tool, schema });
    if (schema === undefined) continue;
    try {
      types.set(name, typeOfSchema(schema));
    } catch (error) {
      if (!ConditionError.is(error)) throw error;
      problems.add('POLICY_TOOL_SCHEMA', ['tools', name, 'schema'], error.message);
    }
  }
  return { tools: Object.freeze(tools), types };
}

/** Freezes plain data all the way down. */
export function deepFreeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value);
    for (const part of Object.values(value)) deepFreeze(part);
  }
  return value;
}
