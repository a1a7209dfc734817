import { createGovernor } from '@spanforge/govern';
import { tool } from 'langchain';
import { expect, it } from 'vitest';
import { callerContext } from './caller.js';
import { governTool } from './governance.js';
import { CONTEXT, openLog } from './testing/fixtures.js';

const schema = { type: 'object', properties: { n: { type: 'number' } } } as const;

async function governed(context: unknown) {
  const ran: unknown[] = [];
  const log = await openLog();
  const before = await log.size();
  const run = async (): Promise<string> => {
    ran.push('pay');
    return 'done';
  };
  const pay = governTool(tool(run, { name: 'pay', description: 'pays', schema }), {
    governor: createGovernor({ log }),
    context: context as Parameters<typeof governTool>[1]['context'],
  });
  return { pay, ran, log, before };
}

it.each([undefined, null, 'alice', 5, {}])(
  'a host that says %j of who calls gets one error, and nothing runs',
  async (said) => {
    const { pay, ran, log, before } = await governed(() => said);
    await expect(pay.invoke({ n: 1 })).rejects.toMatchObject({
      code: 'LANGCHAIN_CONTEXT_UNAVAILABLE',
      cause: { code: 'GOVERN_CONTEXT_INVALID' },
    });
    expect(ran).toEqual([]);
    expect(await log.size()).toBe(before);
  },
);

it('callerContext needs what the host gives the run', async () => {
  const { pay, ran } = await governed(callerContext({ tenant: 'acme' }));
  await expect(pay.invoke({ n: 1 })).rejects.toMatchObject({
    code: 'LANGCHAIN_CONTEXT_UNAVAILABLE',
  });
  expect(ran).toEqual([]);
});

it('roles that are no list are refused before anything runs', async () => {
  const { pay, ran } = await governed({ ...CONTEXT, actorRoles: 'admin' });
  await expect(pay.invoke({ n: 1 })).rejects.toMatchObject({ code: 'GOVERN_CONTEXT_INVALID' });
  expect(ran).toEqual([]);
});
