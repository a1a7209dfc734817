import { EventsError, type PolicyDecider, type PolicyRequest } from '@spanforge/core-events';
import { createMemoryStore, type EvidenceLog } from '@spanforge/core-events/log';
import { beforeEach, describe, expect, it } from 'vitest';
import { RbacError } from './error.js';
import { createRbac } from './rbac.js';
import { CONTEXT, createSwitchboard, openLog, verdict } from './testing/fixtures.js';

const call = { context: CONTEXT };
const ACTOR = {
  actorId: 'case-worker-7',
  roles: ['editor'],
  resourceRoles: { claims: ['reviewer'] },
};
const READ = { actorId: 'case-worker-7', resource: 'claims', action: 'read' };

/** Every look at it is later than `refreshMs` after the last. */
function ticking(): () => number {
  let now = Date.now();
  return () => {
    now += 100;
    return now;
  };
}

let log: EvidenceLog;
beforeEach(async () => {
  log = await openLog();
});

describe('createRbac', () => {
  it('allows by required roles, with a record that was there before the answer', async () => {
    const rbac = createRbac({ recorder: log, reader: log });
    await rbac.registerActor(ACTOR, call);
    const request = { ...READ, requiredRoles: ['viewer', 'reviewer'] };
    const result = await rbac.authorize(request, call);
    expect(result).toMatchObject({ outcome: 'allow', allowed: true, reasonCode: 'granted' });
    expect((await rbac.listForTrace('trace-1'))[0]).toMatchObject({
      ...request,
      id: result.recordId,
      match: 'all',
      effectiveRoles: ['editor', 'reviewer', 'viewer'],
      allowed: true,
      stateSize: result.stateSize,
      context: CONTEXT,
    });
  });

  it('allows by permissions', async () => {
    const permissions = { viewer: { claims: ['read'] }, reviewer: { claims: ['approve'] } };
    const rbac = createRbac({ recorder: log, reader: log, permissions });
    await rbac.registerActor(ACTOR, call);
    const ask = async (parts: object) =>
      (await rbac.authorize({ ...READ, ...parts }, call)).reasonCode;
    expect(await ask({})).toBe('granted');
    expect(await ask({ action: 'approve' })).toBe('granted');
    expect(await ask({ action: 'delete' })).toBe('permission_missing');
    expect(await ask({ resource: 'payments' })).toBe('permission_missing');
    expect(await ask({ requiredRoles: ['admin'] })).toBe('role_missing');
    expect(await ask({ requiredRoles: ['admin', 'viewer'], anyOf: true })).toBe('granted');
  });

  it.each([
    ['no_actor', { actorId: 'stranger', requiredRoles: ['viewer'] }],
    ['nothing_required', {}],
    ['nothing_required', { requiredRoles: [] }],
    ['role_missing', { requiredRoles: ['admin'] }],
    ['role_missing', { resource: 'payments', requiredRoles: ['reviewer'] }],
    ['role_missing', { requiredRoles: ['constructor'] }],
    ['request_invalid', { resource: '*' }],
    ['request_invalid', { action: '' }],
    ['request_invalid', { action: 'category:read' }],
    ['request_invalid', { requiredRoles: 'viewer' as unknown as string[] }],
    ['request_invalid', { requiredRoles: [''] }],
    ['request_invalid', { requiredRoles: ['viewer'], anyOf: 'yes' as unknown as boolean }],
  ])('blocks and records %s for %j', async (reasonCode, parts) => {
    const rbac = createRbac({ recorder: log, reader: log });
    await rbac.registerActor(ACTOR, call);
    const result = await rbac.authorize({ ...READ, ...parts }, call);
    expect(result).toMatchObject({ outcome: 'block', allowed: false, reasonCode });
    expect((await rbac.listForTrace('trace-1'))[0]).toMatchObject({
      ...{ id: result.recordId, outcome: 'block', reasonCode },
    });
  });

  it('answers callers without types with block', async () => {
    const rbac = createRbac({ recorder: log, reader: log });
    const authorize = rbac.authorize as (...args: unknown[]) => Promise<{ outcome: string }>;
    for (const args of [[], [READ], [READ, {}], [undefined, call], [READ, { context: {} }]]) {
      expect((await authorize(...args)).outcome).toBe('block');
    }
  });

  it('takes what the caller meant at the call, not what it changed afterwards', async () => {
    const rbac = createRbac({ recorder: log, reader: log });
    await rbac.registerActor(ACTOR, call);
    const requiredRoles = ['admin'];
    const pending = rbac.authorize({ ...READ, requiredRoles }, call);
    requiredRoles[0] = 'viewer';
    expect((await pending).reasonCode).toBe('role_missing');
  });

  it('sees registrations of other instances and of earlier processes', async () => {
    const store = createMemoryStore();
    const first = await openLog(store);
    const earlier = createRbac({ recorder: first, reader: first });
    await earlier.register(ACTOR, call);
    const second = await openLog(store);
    const rbac = createRbac({ recorder: second, reader: second, clock: ticking() });
    const request = { ...READ, requiredRoles: ['viewer'] };
    expect((await rbac.authorize(request, call)).outcome).toBe('allow');
    expect(await earlier.unregister('case-worker-7', call)).toBe(true);
    expect((await rbac.authorize(request, call)).reasonCode).toBe('no_actor');
    expect(await rbac.unregister('case-worker-7', call)).toBe(false);
  });

  it('keeps tenants apart in one log', async () => {
    const rbac = createRbac({ recorder: log, reader: log });
    await rbac.registerActor(ACTOR, call);
    const elsewhere = { context: { ...CONTEXT, tenant: 'globex' } };
    const request = { ...READ, requiredRoles: ['viewer'] };
    expect((await rbac.authorize(request, elsewhere)).reasonCode).toBe('no_actor');
    expect(await rbac.getActor('case-worker-7', { tenant: 'globex' })).toBeUndefined();
    expect(await rbac.getActor('case-worker-7', { tenant: 'acme' })).toMatchObject(ACTOR);
  });

  it('takes the roles away when a newer record cannot be understood', async () => {
    const rbac = createRbac({ recorder: log, reader: log, clock: ticking() });
    await rbac.registerActor(ACTOR, call);
    const body = { actor_id: 'case-worker-7', roles: ['viewer', 'viewer'] };
    await log.append([{ type: 'spanforge.manifest.actor.v1', context: CONTEXT, body }]);
    const result = await rbac.authorize({ ...READ, requiredRoles: ['viewer'] }, call);
    expect(result.reasonCode).toBe('no_actor');
  });

  it('answers what an actor may do and who may do something', async () => {
    const permissions = { viewer: { '*': ['read'] }, reviewer: { claims: ['approve'] } };
    const rbac = createRbac({ recorder: log, reader: log, permissions });
    await rbac.registerActor(ACTOR, call);
    await rbac.registerActor({ actorId: 'auditor-1', roles: ['auditor'] }, call);
    const where = { tenant: 'acme' };
    expect(await rbac.whatMay('case-worker-7', where)).toEqual([
      { resource: '*', action: 'read', role: 'viewer' },
      { resource: 'claims', action: 'approve', role: 'reviewer' },
      { resource: 'claims', action: 'read', role: 'viewer' },
    ]);
    expect(await rbac.whoMay({ resource: 'claims', action: 'approve' }, where)).toEqual([
      'case-worker-7',
    ]);
    expect(await rbac.whoMay({ resource: 'x', action: 'read' }, where)).toEqual([
      ...['auditor-1', 'case-worker-7'],
    ]);
    expect(await rbac.whoMay({ resource: 'x', action: 'read' }, { tenant: 'globex' })).toEqual([]);
    expect(await rbac.whatMay('stranger', where)).toEqual([]);
  });

  it('refuses options that cannot work', () => {
    const make = (options: object) => () => createRbac({ recorder: log, reader: log, ...options });
    expect(make({ lookupTimeoutMs: 0 })).toThrow(RbacError);
    expect(make({ maxLagMs: Number.NaN })).toThrow(RbacError);
    expect(make({ roleMatrix: { a: ['b'], b: ['a'] } })).toThrow('include each other');
    expect(make({ permissions: { viewer: 'everything' } })).toThrow(RbacError);
  });
});

describe('authorizeWithPolicy', () => {
  it('asks once and records what the policy said', async () => {
    const asked: PolicyRequest[] = [];
    const policy: PolicyDecider = {
      decide: async (request) => {
        asked.push(request);
        return verdict({ outcome: 'human_review' });
      },
    };
    const rbac = createRbac({ recorder: log, reader: log, policy, clock: () => 1000 });
    await rbac.registerActor(ACTOR, call);
    const result = await rbac.authorizeWithPolicy({ ...READ, requiredRoles: ['admin'] }, call);
    expect(result).toMatchObject({ outcome: 'block', allowed: false });
    expect(asked).toEqual([
      {
        ...{
          service: 'sf_rbac',
          control: 'role_enforcement',
          env: 'test',
          observed: 0,
          time: 1000,
        },
        ...{ resource: 'claims', action: 'read', agent: { id: 'claims-agent' } },
        actor: { id: 'case-worker-7', roles: ['editor', 'reviewer', 'viewer'] },
      },
    ]);
    expect((await rbac.listForTrace('trace-1'))[0]?.policy).toEqual({
      ...verdict().policy,
      action: 'human_review',
    });
  });

  it.each([
    ['is not configured', undefined],
    ['rejects', { decide: () => Promise.reject(new Error('no')) }],
    ['hangs', { decide: () => new Promise(() => undefined) }],
    ['answers nonsense', { decide: async () => verdict({ outcome: 'permit' as 'allow' }) }],
    [
      'has odd obligations',
      { decide: async () => verdict({ obligations: [{ kind: 'x' }] as never }) },
    ],
  ])('blocks when the policy %s', async (_name, policy) => {
    const rbac = createRbac({
      ...{ recorder: log, reader: log, lookupTimeoutMs: 200 },
      ...(policy ? { policy: policy as PolicyDecider } : {}),
    });
    await rbac.registerActor(ACTOR, call);
    const result = await rbac.authorizeWithPolicy({ ...READ, requiredRoles: ['viewer'] }, call);
    expect(result).toMatchObject({ outcome: 'block', reasonCode: 'policy_unavailable' });
    expect(result.recordId).toBeDefined();
  });
});

describe('when the log fails', () => {
  const request = { ...READ, requiredRoles: ['viewer'] };

  it('says which member of an incomplete context is missing', async () => {
    const { run: _run, ...context } = call.context;
    const rbac = createRbac({ recorder: log, reader: log });
    await expect(rbac.registerActor(ACTOR, { context } as typeof call)).rejects.toThrow(
      'the change cannot be recorded: record: $.run is not valid',
    );
  });

  it.each(['rejects', 'throws', 'hangs'] as const)(
    'never allows without a record (%s)',
    async (how) => {
      const board = createSwitchboard(log);
      const rbac = createRbac({
        ...{ recorder: board.recorder, reader: log },
        recordTimeoutMs: 200,
      });
      await rbac.registerActor(ACTOR, call);
      board.append = how;
      expect(await rbac.authorize(request, call)).toMatchObject({
        ...{ outcome: 'block', allowed: false, reasonCode: 'evidence_unavailable' },
      });
      expect(await rbac.getStatus()).toMatchObject({
        ...{ status: 'unavailable', reasonCode: 'evidence_unavailable' },
        ...{ unrecordedChecks: 1, blockedChecks: 1 },
      });
      if (how === 'rejects') {
        await expect(rbac.registerActor(ACTOR, call)).rejects.toMatchObject({
          code: 'RBAC_EVIDENCE_UNAVAILABLE',
        });
      }
      board.append = 'works';
      expect((await rbac.authorize(request, call)).outcome).toBe('allow');
      expect(await rbac.getStatus()).toEqual({
        ...{
          status: 'ok',
          registeredActors: 1,
          totalChecks: 2,
          blockedChecks: 1,
          unrecordedChecks: 1,
        },
      });
    },
  );

  it('N-09: names the record that keeps the roles from being read', async () => {
    const tampered = () =>
      Promise.reject(
        new EventsError('EVENTS_RECORD_TAMPERED', 'no', {
          details: { index: 41, fault: 'hmac_missing' },
        }),
      );
    const over = { size: async () => 42, query: tampered, readComplete: undefined };
    const reader = { ...log, ...over } as unknown as typeof log;
    const rbac = createRbac({ recorder: log, reader });
    expect((await rbac.authorize(request, call)).reason).toBe(
      'the registered roles cannot be read: record 41 is not whole',
    );
  });

  it.each(['rejects', 'hangs'] as const)(
    'blocks when the roles cannot be read (%s)',
    async (how) => {
      const board = createSwitchboard(log);
      board.read = how;
      const rbac = createRbac({ recorder: log, reader: board.reader, lookupTimeoutMs: 200 });
      expect((await rbac.authorize(request, call)).reasonCode).toBe('store_unavailable');
      expect(await rbac.getStatus()).toMatchObject({
        status: 'unavailable',
        reasonCode: 'state_unavailable',
      });
      await expect(rbac.getActor('x', { tenant: 'acme' })).rejects.toSatisfy(RbacError.is);
    },
  );

  it('works through the recorder of the call', async () => {
    const rbac = createRbac({ recorder: log, reader: log });
    await rbac.registerActor(ACTOR, call);
    const stage = log.stage();
    const result = await rbac.authorize(request, { context: CONTEXT, recorder: stage });
    expect(await rbac.listForTrace('trace-1')).toHaveLength(0);
    await stage.commit();
    expect((await rbac.listForTrace('trace-1'))[0]?.id).toBe(result.recordId);
  });
});
