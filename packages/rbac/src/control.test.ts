import type { PolicyDecider } from '@spanforge/core-events';
import { describe, expect, it } from 'vitest';
import { createRbac } from './rbac.js';
import { CONTEXT, openLog, verdict } from './testing/fixtures.js';

const ACTOR = { actorId: CONTEXT.actor, roles: ['viewer'] };
const CALL = { tool: 'read_claim', resource: 'claims', action: 'read', context: CONTEXT };

async function aRbac(policy?: PolicyDecider) {
  const log = await openLog();
  const permissions = { viewer: { claims: ['read'] } };
  const made = { recorder: log, reader: log, permissions, ...(policy ? { policy } : {}) };
  const rbac = createRbac(made);
  await rbac.register(ACTOR, { context: CONTEXT });
  return { log, rbac };
}

describe('control', () => {
  it('decides about the actor, resource and action of a call, through its recorder', async () => {
    const { log, rbac } = await aRbac();
    const control = rbac.control();
    const stage = log.stage();
    expect(await control(CALL, stage)).toMatchObject({ outcome: 'allow' });
    expect(await control({ ...CALL, action: 'write' }, stage)).toMatchObject({
      ...{ outcome: 'block', reasonCode: 'permission_missing' },
    });
    expect(await rbac.listForTrace(CONTEXT.traceId)).toHaveLength(0);
    await stage.commit();
    expect(await rbac.listForTrace(CONTEXT.traceId)).toMatchObject([
      { actorId: CONTEXT.actor, resource: 'claims', action: 'read', outcome: 'allow' },
      { action: 'write', outcome: 'block' },
    ]);
  });

  it('asks for the roles a call takes', async () => {
    const { log, rbac } = await aRbac();
    const control = rbac.control({
      requires: ({ tool }) => ({ requiredRoles: tool === 'read_claim' ? ['admin'] : [] }),
    });
    expect(await control(CALL, log)).toMatchObject({ reasonCode: 'role_missing' });
    expect(await control({ ...CALL, tool: 'x' }, log)).toMatchObject({ outcome: 'allow' });
  });

  it('asks the policy of the service, unless told not to', async () => {
    const { log, rbac } = await aRbac({ decide: async () => verdict({ outcome: 'block' }) });
    expect(await rbac.control()(CALL, log)).toMatchObject({ outcome: 'block' });
    expect(await rbac.control({ asksPolicy: false })(CALL, log)).toMatchObject({
      outcome: 'allow',
    });
  });
});
