import { ConditionError, type StaticType, typeOfSchema } from '@spanforge/condition';
import { deepFreeze } from '@spanforge/core-signing';
import type { PolicyTool } from './bundle.js';
import type { Path, Problems } from './problem.js';
import type { WrittenBundle } from './schema.js';
import type { ToolTypes } from './tool-types.js';

type WrittenTools = NonNullable<WrittenBundle['tools']>;

/** What is known of the declared tools. */
export interface ReadTools {
  readonly tools: Readonly<Record<string, PolicyTool>>;
  readonly types: ToolTypes;
}

/** Reads the declared tools, and the types their schemas give to arguments and results. */
export function readTools(written: WrittenTools, problems: Problems): ReadTools {
  const tools: Record<string, PolicyTool> = Object.create(null);
  const types = { args: new Map<string, StaticType>(), result: new Map<string, StaticType>() };
  for (const [name, { schema, result, failure, effect, output }] of Object.entries(written)) {
    tools[name] = deepFreeze({
      ...(schema === undefined ? {} : { schema }),
      ...(result === undefined ? {} : { result }),
      ...(failure === undefined ? {} : { failureStartsWith: failure.starts_with }),
      effect,
      output: output ?? 'untrusted',
    });
    readType(schema, ['tools', name, 'schema'], (type) => types.args.set(name, type), problems);
    readType(result, ['tools', name, 'result'], (type) => types.result.set(name, type), problems);
  }
  return { tools: Object.freeze(tools), types };
}

function readType(
  schema: unknown,
  path: Path,
  keep: (type: StaticType) => void,
  problems: Problems,
): void {
  if (schema === undefined) return;
  try {
    keep(typeOfSchema(schema));
  } catch (error) {
    if (!ConditionError.is(error)) throw error;
    problems.add('POLICY_TOOL_SCHEMA', path, error.message);
  }
}
