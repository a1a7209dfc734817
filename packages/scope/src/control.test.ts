import type { PolicyDecider } from '@spanforge/core-events';
import { describe, expect, it } from 'vitest';
import { createScope } from './scope.js';
import { CONTEXT, openLog, verdict } from './testing/fixtures.js';

const MANIFEST = {
  agentId: 'claims-agent',
  capabilities: ['claim.read'],
  resourceActions: { claims: ['read'] },
};
const CALL = { tool: 'read_claim', resource: 'claims', action: 'read', context: CONTEXT };

async function aScope(policy?: PolicyDecider) {
  const log = await openLog();
  const scope = createScope({ recorder: log, reader: log, ...(policy ? { policy } : {}) });
  await scope.register(MANIFEST, { context: CONTEXT });
  return { log, scope };
}

describe('control', () => {
  it('decides about the agent, resource and action of a call, through its recorder', async () => {
    const { log, scope } = await aScope();
    const control = scope.control();
    const stage = log.stage();
    expect(await control(CALL, stage)).toMatchObject({ outcome: 'allow' });
    expect(await control({ ...CALL, action: 'write' }, stage)).toMatchObject({
      ...{ outcome: 'block', reasonCode: 'action_not_granted' },
    });
    expect(await scope.listForTrace(CONTEXT.traceId)).toHaveLength(0);
    await stage.commit();
    expect(await scope.listForTrace(CONTEXT.traceId)).toMatchObject([
      { agentId: CONTEXT.agent, resource: 'claims', action: 'read', outcome: 'allow' },
      { action: 'write', outcome: 'block' },
    ]);
  });

  it('asks for a capability where one is needed', async () => {
    const { log, scope } = await aScope();
    const control = scope.control({ capability: ({ tool }) => `${tool}.special` });
    expect(await control(CALL, log)).toMatchObject({ reasonCode: 'capability_missing' });
    expect(await scope.control({ capability: () => undefined })(CALL, log)).toMatchObject({
      outcome: 'allow',
    });
  });

  it('asks the policy of the service, unless told not to', async () => {
    const { log, scope } = await aScope({ decide: async () => verdict({ outcome: 'block' }) });
    expect(await scope.control()(CALL, log)).toMatchObject({ outcome: 'block' });
    expect(await scope.control({ asksPolicy: false })(CALL, log)).toMatchObject({
      outcome: 'allow',
    });
  });
});
