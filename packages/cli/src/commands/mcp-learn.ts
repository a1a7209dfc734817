import { resolve } from 'node:path';
import type { ProxiedCall, ToolDefinition } from '@spanforge/mcp';
import { writeWhole } from '../files/write.js';
import type { CommandIo } from '../io.js';
import { policyDraft } from './draft.js';

/** Remembers what went through a proxy, and makes a draft of it. */
export interface Learner {
  readonly tool: (tool: ToolDefinition) => void;
  readonly call: (session: string, call: ProxiedCall) => void;
  /** Writes the runs, the schemas and the draft; says what became of it. */
  write(): Promise<string>;
}

/** What is written: `<out>.jsonl`, `<out>.tools.json`, and the draft in the folder `<out>`. */
export function createLearner(
  io: CommandIo,
  output: string,
  named: { readonly environment: string; readonly agent: string },
): Learner {
  const tools = new Map<string, ToolDefinition>();
  const runs = new Map<string, unknown[]>();
  return {
    tool: (tool) => tools.set(tool.name, tool),
    call(session, { callId: id, tool: name, args, result, status }) {
      if (status !== 'completed') return;
      const calls = runs.get(session) ?? [];
      runs.set(session, calls);
      calls.push({ id, name, args, ...(result === undefined ? {} : { result }) });
    },
    async write() {
      const file = `${resolve(io.cwd, output)}.jsonl`;
      const schemas = `${resolve(io.cwd, output)}.tools.json`;
      const lines = [...runs].map(([id, calls]) => JSON.stringify({ id, tool_calls: calls }));
      await writeWhole(file, lines.map((line) => `${line}\n`).join(''));
      await writeWhole(schemas, JSON.stringify([...tools.values()], null, 2));
      if (lines.length === 0) return `nothing was called; wrote ${file}`;
      const { text } = await policyDraft(io, { runs: file, tools: schemas, output, ...named });
      return `wrote ${file} and ${schemas}\n${text}`;
    },
  };
}
