import { Agent, Runner, type Tool, tool } from '@openai/agents';
import { createMemoryStore } from '@spanforge/core-events/log';
import { type ControlDecision, createGovernor, type NamedControl } from '@spanforge/govern';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { z } from 'zod';
import { CONTEXT, openLog } from './testing/fixtures.js';
import { scripted } from './testing/models.js';
import { createToolGovernor } from './tool-governor.js';

/** What a control says of a tool, and the ways in which it says nothing that counts. */
const SAID = [
  'allow',
  'allow_log',
  'redact',
  'human_review',
  'block',
  'throws',
  'nonsense',
] as const;
const RUNS: ReadonlySet<string> = new Set(['allow', 'allow_log', 'redact']);
const KINDS = ['plain', 'parsed', 'failing'] as const;

/** Decides by the name of the tool, such as `plain_block`. */
const byName: NamedControl = {
  name: 'by-name',
  control: async ({ tool: name }) => {
    const said = name.slice(name.indexOf('_') + 1);
    if (said === 'throws') throw new Error('down');
    const outcome = (said === 'allow_log' ? 'allow+log' : said) as ControlDecision['outcome'];
    return { outcome, obligations: [], reason: 'As its name says.', reasonCode: 'by_name' };
  },
};

const parameters = {
  type: 'object' as const,
  properties: { n: { type: 'number' } },
  required: [] as string[],
  additionalProperties: true as const,
};

function toolsThat(ran: (name: string) => void): Tool[] {
  const make = (kind: (typeof KINDS)[number], name: string): Tool => {
    const execute = async (): Promise<string> => {
      ran(name);
      if (kind === 'failing') throw new Error('no such order');
      return 'done';
    };
    const strict = kind === 'parsed' ? z.object({ n: z.number() }) : undefined;
    return strict === undefined
      ? tool({ name, description: name, strict: false, parameters, execute })
      : tool({ name, description: name, parameters: strict, execute });
  };
  return KINDS.flatMap((kind) => SAID.map((said) => make(kind, `${kind}_${said}`)));
}

const runner = new Runner({ tracingDisabled: true });

const call = fc.record({
  kind: fc.constantFrom(...KINDS),
  said: fc.constantFrom(...SAID),
  /** Made again: in the same turn, under the same id. */
  again: fc.boolean(),
});
const turns = fc.array(fc.array(call, { minLength: 1, maxLength: 4 }), {
  minLength: 1,
  maxLength: 3,
});

it('a denied call never executes, and an allowed one once, however it is made', async () => {
  await fc.assert(
    fc.asyncProperty(turns, fc.boolean(), fc.boolean(), async (asked, streaming, retried) => {
      const store = createMemoryStore();
      const log = await openLog(store);
      const governor = createGovernor({ log, preflight: [byName] });
      const ran: string[] = [];
      const tools = createToolGovernor({ governor, context: CONTEXT }).governTools(
        toolsThat((name) => ran.push(name)),
      );
      let next = 0;
      const script = asked.map((calls) =>
        calls.flatMap(({ kind, said, again }) => {
          const one = { id: `c${next++}`, tool: `${kind}_${said}`, input: { n: next } };
          return again ? [one, one] : [one];
        }),
      );
      for (let attempt = 0; attempt < (retried ? 2 : 1); attempt += 1) {
        const model = scripted(...script, 'done');
        const agent = new Agent({ name: CONTEXT.agent, tools, model });
        if (streaming) {
          const streamed = await runner.run(agent, 'go', { stream: true });
          for await (const _ of streamed);
          await streamed.completed;
        } else await runner.run(agent, 'go');
      }
      expect(ran.filter((name) => !RUNS.has(name.slice(name.indexOf('_') + 1)))).toEqual([]);
      const held = asked.findIndex((calls) => calls.some(({ said }) => said === 'human_review'));
      const reached = held < 0 ? asked : asked.slice(0, held + 1);
      const expected = reached.flat().filter(({ said }) => RUNS.has(said));
      expect([...ran].sort()).toEqual(expected.map(({ kind, said }) => `${kind}_${said}`).sort());
      await log.close();
    }),
    { numRuns: 50 },
  );
}, 60_000);
