import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createScope } from './scope.js';
import { CONTEXT, openLog } from './testing/fixtures.js';

const folder = resolve(
  process.env.SPANFORGE_DATA ?? resolve(import.meta.dirname, '../../../../shared/data'),
  'taubench',
);

interface Call {
  readonly name: string;
}

function readLines<T>(file: string): readonly T[] {
  return readFileSync(resolve(folder, file), 'utf8')
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as T);
}

describe.skipIf(!existsSync(folder))(`recorded runs of a model at an airline (${folder})`, () => {
  it('lets an agent that may only look do that, and holds every call that changes something', async () => {
    const runs = readLines<{ id: string; tool_calls: readonly Call[] }>(
      'airline_runs_public.jsonl',
    );
    const writes = readLines<Call & { trajectory: string }>('airline_write_calls_public.jsonl');
    const changing = new Set(writes.map(({ name }) => name));
    const tools = runs.flatMap(({ tool_calls }) => tool_calls.map(({ name }) => name));
    const looking = [...new Set(tools)].filter((name) => !changing.has(name));

    const log = await openLog();
    const scope = createScope({ recorder: log, reader: log });
    const manifest = {
      agentId: 'airline-agent',
      resourceActions: Object.fromEntries(looking.map((name) => [name, ['category:execute']])),
      onDenied: 'escalate',
    };
    await scope.registerAgent(manifest, { context: CONTEXT });

    let held = 0;
    for (const run of runs) {
      const context = { ...CONTEXT, run: run.id, traceId: run.id };
      const results = await Promise.all(
        run.tool_calls.map(({ name }) =>
          scope.evaluate({ agentId: 'airline-agent', resource: name, action: 'call' }, { context }),
        ),
      );
      expect(results.map(({ outcome }) => outcome)).toEqual(
        run.tool_calls.map(({ name }) => (changing.has(name) ? 'human_review' : 'allow')),
      );
      held += results.filter(({ allowed }) => !allowed).length;
      const recorded = await scope.listForTrace(run.id);
      expect(recorded.map(({ id }) => id)).toEqual(results.map(({ recordId }) => recordId));
    }
    expect(held).toBeGreaterThanOrEqual(writes.length);
  });
});
