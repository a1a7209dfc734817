import { createGovernor } from '@spanforge/govern';
import { jsonSchema, tool } from 'ai';
import { expect, it } from 'vitest';
import { callerContext } from './caller.js';
import type { AiSdkGovernorOptions } from './options.js';
import { CONTEXT, openLog } from './testing/fixtures.js';
import { createToolGovernor } from './tool-governor.js';

async function governed(context: unknown) {
  const ran: unknown[] = [];
  const log = await openLog();
  const before = await log.size();
  const { pay } = createToolGovernor({
    governor: createGovernor({ log }),
    context: context as AiSdkGovernorOptions['context'],
  }).govern({
    pay: tool({ inputSchema: jsonSchema<object>({}), execute: async () => ran.push('pay') }),
  });
  const execute = pay.execute as (input: object, options?: object) => Promise<unknown>;
  return { execute, ran, log, before };
}

it.each([undefined, null, 'alice', 5, {}, { ...CONTEXT, actorRoles: 'admin' }])(
  'a host that says %j of who calls gets one error, and nothing runs',
  async (said) => {
    const { execute, ran, log, before } = await governed(() => said);
    for (const options of [undefined, { toolCallId: 'c1', messages: [] }]) {
      await expect(execute({}, options)).rejects.toMatchObject({ code: 'GOVERN_CONTEXT_INVALID' });
    }
    expect(ran).toEqual([]);
    expect(await log.size()).toBe(before);
  },
);

it('callerContext needs what the host gives the SDK', async () => {
  const { execute, ran } = await governed(callerContext({ tenant: 'acme' }));
  await expect(execute({})).rejects.toMatchObject({ code: 'GOVERN_CONTEXT_INVALID' });
  expect(ran).toEqual([]);
});

it('a tool that is called without the options of the SDK is governed all the same', async () => {
  const { execute, ran } = await governed(CONTEXT);
  await execute({});
  await execute({});
  expect(ran).toEqual(['pay', 'pay']);
});
