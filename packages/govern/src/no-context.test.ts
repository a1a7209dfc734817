import { expect, it } from 'vitest';
import type { CallContext } from './index.js';
import { createGovernor } from './index.js';
import { CONTEXT, constant, openLog } from './testing/fixtures.js';

const NONE = [undefined, null, 'alice', 5, []];
const WRONG = [
  ['callId', 5],
  ['spanId', {}],
  ['reviewId', 1],
  ['labels', 'secret'],
  ['labels', ['']],
  ['labels', ['pii', 'x'.repeat(513)]],
  ['labels', ['\ud800']],
  ['actorRoles', 'admin'],
  ['actorRoles', [1]],
  ['agentCapabilities', {}],
  ['policyContext', 'text'],
  ['signal', 'stop'],
] as const;

async function setUp() {
  const log = await openLog();
  const before = await log.size();
  const ran: unknown[] = [];
  const governor = createGovernor({ log, preflight: [] });
  const governed = governor.govern(
    async (args: unknown) => {
      ran.push(args);
      return 'done';
    },
    { name: 'pay' },
  );
  return { log, before, ran, governor, governed };
}

it.each(NONE)('a call in the context %j is one error, and nothing runs', async (context) => {
  const { log, before, ran, governor, governed } = await setUp();
  const error = {
    name: 'GovernError',
    code: 'GOVERN_CONTEXT_INVALID',
    details: { path: '$.context' },
    message: expect.stringContaining('tenant, project, env, run, traceId, agent and actor'),
  };
  for (const call of [
    () => governed({}, context as unknown as CallContext),
    () => governor.call('pay', {}, context as unknown as CallContext),
    () => governor.call('nobody', {}, context as unknown as CallContext),
  ]) {
    const answered = call();
    await expect(answered).rejects.toMatchObject(error);
  }
  expect(ran).toEqual([]);
  expect(await log.size()).toBe(before);
  expect(await governor.drain()).toEqual([]);
});

it.each(WRONG)('a context with %s %j says so, and nothing runs', async (key, value) => {
  const { log, before, ran, governed } = await setUp();
  await expect(governed({}, { ...CONTEXT, [key]: value } as never)).rejects.toMatchObject({
    code: 'GOVERN_CONTEXT_INVALID',
    details: { path: `$.context.${key}` },
  });
  expect(ran).toEqual([]);
  expect(await log.size()).toBe(before);
});

it('a context without a name is blocked with the reason', async () => {
  const { ran, governed } = await setUp();
  const { actor: _, ...nobody } = CONTEXT;
  expect(await governed({}, nobody as CallContext)).toMatchObject({
    status: 'blocked',
    reason: expect.stringContaining('no valid actor'),
  });
  expect(ran).toEqual([]);
});

it.each(['', 'x'.repeat(513)])('a call id that no record can have is named', async (callId) => {
  const { ran, governed } = await setUp();
  expect(await governed({}, { ...CONTEXT, callId })).toMatchObject({
    ...{ status: 'blocked', executed: false, reasonCode: 'evidence_unavailable' },
    reason: 'The context of this call has no valid callId, so the call could not be recorded.',
  });
  expect(ran).toEqual([]);
});

it.each([undefined, null, 5n, Symbol('s'), {}, '', '\ud800'])(
  'an actor that is no name is told after a refusal was counted, too: %s',
  async (actor) => {
    const log = await openLog();
    const governor = createGovernor({
      ...{ log, refusals: { limit: 3 } },
      preflight: [{ name: 'never', control: constant('block') }],
    });
    const pay = governor.govern(async () => 'done', { name: 'pay' });
    expect(await pay({}, CONTEXT)).toMatchObject({ status: 'blocked' });
    expect(await pay({}, { ...CONTEXT, actor } as never)).toMatchObject({
      status: 'blocked',
      executed: false,
      reason: 'The context of this call has no valid actor, so the call could not be recorded.',
    });
  },
);
