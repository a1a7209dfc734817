import { createMemoryStore } from '@spanforge/core-events/log';
import { createGovernor, type NamedControl } from '@spanforge/govern';
import fc from 'fast-check';
import { createAgent, tool, toolRetryMiddleware } from 'langchain';
import { expect, it } from 'vitest';
import { createGovernance } from './governance.js';
import { CONTEXT, HELLO, openLog, scripted } from './testing/fixtures.js';

const OUTCOMES = ['allow', 'allow+log', 'redact', 'human_review', 'block'] as const;
/** What a control says of a tool, and the ways in which it says nothing that counts. */
const SAID = [...OUTCOMES, 'throws', 'nonsense'] as const;
const RUNS: ReadonlySet<string> = new Set(['allow', 'allow+log', 'redact']);
const KINDS = ['plain', 'streaming', 'failing'] as const;

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

const schema = { type: 'object', properties: { n: { type: 'number' } } } as const;

function toolsThat(ran: (name: string) => void) {
  const make = (kind: (typeof KINDS)[number], name: string) => {
    const plain = async (): Promise<string> => {
      ran(name);
      if (kind === 'failing') throw new Error('no such order');
      return 'done';
    };
    async function* streaming() {
      ran(name);
      yield 'begun';
      return 'done';
    }
    const run = kind === 'streaming' ? (streaming as unknown as typeof plain) : plain;
    return tool(run, { name, description: name, schema });
  };
  return KINDS.flatMap((kind) => SAID.map((said) => make(kind, `${kind}_${said}`)));
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
      const governance = createGovernance({ governor, context: CONTEXT });
      const tools = toolsThat((name) => ran.push(name));
      let next = 0;
      const script = asked.map((calls) =>
        calls.flatMap(({ kind, said, again }) => {
          const one = { id: `c${next++}`, name: `${kind}_${said}`, args: { n: next } };
          return again ? [one, one] : [one];
        }),
      );
      for (let attempt = 0; attempt < (retried ? 2 : 1); attempt += 1) {
        const again = toolRetryMiddleware({ maxRetries: 1, initialDelayMs: 1, jitter: false });
        const middleware = retried ? [governance.middleware(), again] : [governance.middleware()];
        const agent = createAgent({
          model: scripted(...script),
          tools,
          middleware: middleware as ReturnType<typeof governance.middleware>[],
        });
        if (streaming) for await (const _ of await agent.stream(HELLO, { streamMode: 'updates' }));
        else await agent.invoke(HELLO);
      }
      expect(ran.filter((name) => !RUNS.has(name.slice(name.indexOf('_') + 1)))).toEqual([]);
      const expected = asked.flat().filter(({ said }) => RUNS.has(said));
      expect([...ran].sort()).toEqual(expected.map(({ kind, said }) => `${kind}_${said}`).sort());
      await log.close();
    }),
    { numRuns: 25 },
  );
}, 60_000);
