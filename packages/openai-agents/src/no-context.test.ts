import { RunContext, tool } from '@openai/agents';
import { createGovernor } from '@spanforge/govern';
import { expect, it } from 'vitest';
import { callerContext } from './caller.js';
import type { AgentsGovernorOptions } from './options.js';
import { CONTEXT, openLog } from './testing/fixtures.js';
import { createToolGovernor } from './tool-governor.js';

const parameters = {
  type: 'object' as const,
  properties: {},
  required: [] as string[],
  additionalProperties: true as const,
};

async function governed(context: unknown) {
  const ran: unknown[] = [];
  const log = await openLog();
  const before = await log.size();
  const pay = createToolGovernor({
    governor: createGovernor({ log }),
    context: context as AgentsGovernorOptions['context'],
  }).governTool(
    tool({
      name: 'pay',
      description: 'pays',
      strict: false,
      parameters,
      execute: async () => {
        ran.push('pay');
        return 'done';
      },
    }),
  );
  return { pay, ran, log, before };
}

it.each([undefined, null, 'alice', 5, {}, { ...CONTEXT, actorRoles: 'admin' }])(
  'a host that says %j of who calls gets one error, and nothing runs',
  async (said) => {
    const { pay, ran, log, before } = await governed(() => said);
    for (const runContext of [undefined, new RunContext({})]) {
      await expect(pay.invoke(runContext as never, '{}')).rejects.toMatchObject({
        code: 'GOVERN_CONTEXT_INVALID',
      });
    }
    expect(ran).toEqual([]);
    expect(await log.size()).toBe(before);
  },
);

it('callerContext needs what the host gives the run', async () => {
  const { pay, ran } = await governed(callerContext({ tenant: 'acme' }));
  await expect(pay.invoke(undefined as never, '{}')).rejects.toMatchObject({
    code: 'GOVERN_CONTEXT_INVALID',
  });
  expect(ran).toEqual([]);
});
