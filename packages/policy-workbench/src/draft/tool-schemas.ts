import { PolicyError } from '@spanforge/policy';
import { z } from 'zod';
import type { ToolSchema } from './types.js';

const schema = z.record(z.string(), z.unknown());
const name = z.string().min(1).max(512);

/** A function of a model's tool interface, bare or wrapped, or a tool of the Model Context Protocol. */
const described = z.object({ name, parameters: schema.optional() });
const wrapped = z.object({ type: z.literal('function'), function: described });
const served = z.object({
  name,
  inputSchema: schema,
  annotations: z.object({ readOnlyHint: z.boolean().optional() }).optional(),
});
const tools = z.array(z.union([wrapped, served, described]));
const file = z.union([tools, z.object({ tools })]);

/**
 * Reads tool schemas: a list, or an object with a list `tools`, of functions as models are given
 * them (bare or wrapped) or of tools as a Model Context Protocol server lists them.
 *
 * @throws {PolicyError} `POLICY_DRAFT_INVALID`.
 */
export function parseToolSchemas(value: unknown): readonly ToolSchema[] {
  const parsed = file.safeParse(value);
  if (!parsed.success) {
    const path = parsed.error.issues[0]?.path.map(String).join('.') ?? '';
    throw new PolicyError(
      'POLICY_DRAFT_INVALID',
      'expected tool schemas, as models are given them or as an MCP server lists them',
      {
        details: { path },
      },
    );
  }
  const list = Array.isArray(parsed.data) ? parsed.data : parsed.data.tools;
  return list.map((tool): ToolSchema => {
    if ('function' in tool) return ofFunction(tool.function);
    if (!('inputSchema' in tool)) return ofFunction(tool);
    const readOnly = tool.annotations?.readOnlyHint;
    const hint = readOnly === undefined ? {} : { readOnly };
    return { name: tool.name, schema: tool.inputSchema, ...hint };
  });
}

function ofFunction({ name, parameters }: z.infer<typeof described>): ToolSchema {
  return parameters === undefined ? { name } : { name, schema: parameters };
}
