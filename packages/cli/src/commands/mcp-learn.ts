import { resolve } from 'node:path';
import type { ProxiedCall, ToolDefinition } from '@spanforge/mcp';
import { CliError } from '../error.js';
import { exists } from '../files/read.js';
import { writeWhole } from '../files/write.js';
import type { CommandIo } from '../io.js';
import { policyDraft } from './draft.js';

/** The files and the folder that learning writes. */
function pathsOf(io: CommandIo, output: string) {
  const folder = resolve(io.cwd, output);
  return { folder, file: `${folder}.jsonl`, schemas: `${folder}.tools.json` };
}

/** Collects the traffic of a proxy and drafts a policy from it. */
export interface Learner {
  readonly tool: (tool: ToolDefinition) => void;
  readonly call: (session: string, call: ProxiedCall) => void;
  /** Writes the runs, the schemas and the draft; returns a summary. */
  write(): Promise<string>;
}

/**
 * Writes `<out>.jsonl`, `<out>.tools.json`, and the draft in the folder `<out>`. Nothing is
 * overwritten: existing names are refused before learning begins.
 *
 * @throws {CliError} `CLI_FILE_UNWRITABLE`.
 */
export async function createLearner(
  io: CommandIo,
  output: string,
  named: { readonly environment: string; readonly agent: string },
): Promise<Learner> {
  for (const path of Object.values(pathsOf(io, output))) {
    if (!(await exists(path))) continue;
    const message = `${path}: already exists; give --learn another name`;
    throw new CliError('CLI_FILE_UNWRITABLE', message, { details: { file: path } });
  }
  const tools = new Map<string, ToolDefinition>();
  const runs = new Map<string, unknown[]>();
  return {
    tool: (tool) => tools.set(tool.name, tool),
    call(session, { callId: id, tool: name, args, result, status, toolError }) {
      if (status !== 'completed' || toolError) return;
      const calls = runs.get(session) ?? [];
      runs.set(session, calls);
      calls.push({ id, name, args, ...(result === undefined ? {} : { result }) });
    },
    async write() {
      const { file, schemas } = pathsOf(io, output);
      const lines = [...runs].map(([id, calls]) => JSON.stringify({ id, tool_calls: calls }));
      await writeWhole(file, lines.map((line) => `${line}\n`).join(''));
      await writeWhole(schemas, JSON.stringify([...tools.values()], null, 2));
      if (lines.length === 0) return `nothing was called; wrote ${file}`;
      const { text } = await policyDraft(io, { runs: file, tools: schemas, output, ...named });
      return `wrote ${file} and ${schemas}\n${text}`;
    },
  };
}
