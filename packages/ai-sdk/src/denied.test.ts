import { createMemoryStore } from '@spanforge/core-events/log';
import { createGovernor, type NamedControl } from '@spanforge/govern';
import { dynamicTool, generateText, jsonSchema, stepCountIs, streamText, tool } from 'ai';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { CONTEXT, openLog } from './testing/fixtures.js';
import { scripted } from './testing/models.js';
import { createToolGovernor } from './tool-governor.js';

const OUTCOMES = ['allow', 'allow+log', 'redact', 'human_review', 'block'] as const;
/** What a control says of a tool, and the ways in which it says nothing that counts. */
const SAID = [...OUTCOMES, 'throws', 'nonsense'] as const;
const RUNS: ReadonlySet<string> = new Set(['allow', 'allow+log', 'redact']);
const KINDS = ['plain', 'streaming', 'dynamic'] as const;

/** Decides by the name of the tool, such as `plain_block`. */
const byName: NamedControl = {
  name: 'by-name',
  control: async ({ tool: name }) => {
    const said = name.slice(name.indexOf('_') + 1);
    if (said === 'throws') throw new Error('down');
    const outcome = said as (typeof OUTCOMES)[number];
    return { outcome, obligations: [], reason: 'As its name says.', reasonCode: 'by_name' };
  },
};

const inputSchema = jsonSchema<{ n: number }>({
  type: 'object',
  properties: { n: { type: 'number' } },
});

function toolsThat(ran: (name: string) => void) {
  const make = (kind: (typeof KINDS)[number], name: string): object => {
    if (kind === 'plain') return tool({ inputSchema, execute: async () => ran(name) ?? 'done' });
    if (kind === 'dynamic') return dynamicTool({ inputSchema, execute: async () => ran(name) });
    return tool({
      inputSchema,
      async *execute() {
        ran(name);
        yield 'begun';
        yield 'done';
      },
    });
  };
  const named = KINDS.flatMap((kind) => SAID.map((said) => [kind, `${kind}_${said}`] as const));
  return Object.fromEntries(named.map(([kind, name]) => [name, make(kind, name)]));
}

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
      const tools = createToolGovernor({ governor, context: CONTEXT }).govern(
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
        const options = {
          model: scripted(...script, 'done'),
          tools: tools as Parameters<typeof generateText>[0]['tools'] & object,
          prompt: 'go',
          stopWhen: stepCountIs(5),
        };
        if (streaming) await streamText({ ...options, onError: () => undefined }).steps;
        else await generateText(options);
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
