import type { PolicyDecider, PolicyRequest, PolicyVerdict } from '@spanforge/core-events';
import { createMemoryStore, type EvidenceLog } from '@spanforge/core-events/log';
import { beforeEach, describe, expect, it } from 'vitest';
import { ScopeError, type ScopeErrorCode } from './error.js';
import { createScope } from './scope.js';
import { CONTEXT, openLog, verdict } from './testing/fixtures.js';

const call = { context: CONTEXT };
const MANIFEST = {
  agentId: 'claims-agent',
  capabilities: ['claim.read', 'decision.write'],
  resourceActions: { claims: ['read'], decisions: ['write'] },
};
const READ = { agentId: 'claims-agent', resource: 'claims', action: 'read' };

async function codeOf(promise: Promise<unknown>): Promise<ScopeErrorCode | undefined> {
  const error = await promise.catch((thrown: unknown) => thrown);
  return ScopeError.is(error) ? error.code : undefined;
}

function aPolicy(answer: Partial<PolicyVerdict>) {
  const asked: PolicyRequest[] = [];
  const policy: PolicyDecider = {
    decide: async (request) => {
      asked.push(request);
      return verdict(answer);
    },
  };
  return { policy, asked };
}

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

describe('createScope', () => {
  it('allows what the manifest grants, with a record that was there before the answer', async () => {
    const scope = createScope({ recorder: log, reader: log });
    await scope.registerAgent(MANIFEST, call);
    const result = await scope.evaluate({ ...READ, capability: 'claim.read' }, call);
    expect(result).toMatchObject({ outcome: 'allow', allowed: true, reasonCode: 'granted' });
    const [recorded] = await scope.listForTrace('trace-1');
    expect(recorded).toMatchObject({
      ...READ,
      id: result.recordId,
      capability: 'claim.read',
      outcome: 'allow',
      allowed: true,
      stateSize: result.stateSize,
      mode: 'live',
      context: CONTEXT,
    });
  });

  it.each([
    ['no_manifest', { agentId: 'stranger' }],
    ['capability_missing', { capability: 'claim.delete' }],
    ['resource_not_granted', { resource: 'payments' }],
    ['resource_not_granted', { resource: 'constructor' }],
    ['action_not_granted', { action: 'write' }],
    ['request_invalid', { resource: '' }],
    ['request_invalid', { resource: '*' }],
    ['request_invalid', { action: 'category:read' }],
    ['request_invalid', { action: 7 as unknown as string }],
    ['request_invalid', { agentId: 'claims-agent\u200b' }],
  ])('blocks and records %s for %j', async (reasonCode, parts) => {
    const scope = createScope({ recorder: log, reader: log });
    await scope.registerAgent(MANIFEST, call);
    const result = await scope.evaluate({ ...READ, ...parts }, call);
    expect(result).toMatchObject({ outcome: 'block', allowed: false, reasonCode });
    const [recorded] = await scope.listForTrace('trace-1');
    expect(recorded).toMatchObject({ id: result.recordId, outcome: 'block', reasonCode });
  });

  it('answers callers without types with block', async () => {
    const scope = createScope({ recorder: log, reader: log });
    const evaluate = scope.evaluate as (...args: unknown[]) => Promise<{ outcome: string }>;
    for (const args of [[], [READ], [READ, {}], [undefined, call], [READ, { context: {} }]]) {
      expect((await evaluate(...args)).outcome).toBe('block');
    }
  });

  it('keeps escalate in the record and holds the call for a person', async () => {
    const scope = createScope({ recorder: log, reader: log });
    await scope.registerAgent({ ...MANIFEST, onDenied: 'escalate' }, call);
    const result = await scope.evaluate({ ...READ, action: 'write' }, call);
    expect(result).toMatchObject({ outcome: 'human_review', scopeOutcome: 'escalate' });
    expect((await scope.listForTrace('trace-1'))[0]?.outcome).toBe('escalate');
  });

  it('expires to the moment', async () => {
    const time = { now: Date.parse('2026-05-02T11:59:59.999Z') };
    const scope = createScope({ recorder: log, reader: log, clock: () => time.now });
    await scope.registerAgent({ ...MANIFEST, expiresAt: '2026-05-02T12:00:00Z' }, call);
    expect((await scope.evaluate(READ, call)).outcome).toBe('allow');
    time.now += 1;
    expect((await scope.evaluate(READ, call)).reasonCode).toBe('manifest_expired');
  });

  it('takes what the caller meant at the call, not what it changed afterwards', async () => {
    const scope = createScope({ recorder: log, reader: log });
    await scope.registerAgent(MANIFEST, call);
    const request = { ...READ };
    const context = { ...CONTEXT };
    const pending = scope.evaluate(request, { context });
    request.resource = 'payments';
    context.tenant = 'globex';
    expect((await pending).outcome).toBe('allow');
    expect((await scope.listForTrace('trace-1'))[0]).toMatchObject({
      resource: 'claims',
      context: CONTEXT,
    });
  });

  it('sees registrations of other instances and of earlier processes', async () => {
    const store = createMemoryStore();
    const first = await openLog(store);
    await createScope({ recorder: first, reader: first }).register(MANIFEST, call);
    const second = await openLog(store);
    const scope = createScope({ recorder: second, reader: second, clock: ticking() });
    expect((await scope.evaluate(READ, call)).outcome).toBe('allow');
    await createScope({ recorder: first, reader: first }).unregister('claims-agent', call);
    expect((await scope.evaluate(READ, call)).reasonCode).toBe('no_manifest');
    expect(await scope.unregister('claims-agent', call)).toBe(false);
  });

  it('keeps tenants apart in one log', async () => {
    const scope = createScope({ recorder: log, reader: log });
    await scope.registerAgent(MANIFEST, call);
    const elsewhere = { context: { ...CONTEXT, tenant: 'globex' } };
    expect((await scope.evaluate(READ, elsewhere)).reasonCode).toBe('no_manifest');
    expect(await scope.getManifest('claims-agent', { tenant: 'globex' })).toBeUndefined();
    expect(await scope.getManifest('claims-agent', { tenant: 'acme' })).toMatchObject(MANIFEST);
    expect(await scope.listForTrace('trace-1', { tenant: 'acme' })).toHaveLength(0);
    expect(await codeOf(scope.registerAgent({ ...MANIFEST, tenant: 'globex' }, call))).toBe(
      'SCOPE_TENANT_MISMATCH',
    );
  });

  it('takes the manifest away when a newer record cannot be understood', async () => {
    const scope = createScope({ recorder: log, reader: log, clock: ticking() });
    await scope.registerAgent(MANIFEST, call);
    const body = { agent_id: 'claims-agent', resource_actions: { claims: ['read', 'read'] } };
    await log.append([{ type: 'spanforge.manifest.agent.v1', context: CONTEXT, body }]);
    expect((await scope.evaluate(READ, call)).reasonCode).toBe('no_manifest');
  });

  it('does not let a record speak for another tenant than its context', async () => {
    const scope = createScope({ recorder: log, reader: log, clock: ticking() });
    await scope.registerAgent(MANIFEST, call);
    const body = {
      agent_id: 'claims-agent',
      tenant: 'globex',
      resource_actions: { claims: ['*'] },
    };
    await log.append([{ type: 'spanforge.manifest.agent.v1', context: CONTEXT, body }]);
    expect((await scope.evaluate(READ, call)).reasonCode).toBe('no_manifest');
    const elsewhere = { context: { ...CONTEXT, tenant: 'globex' } };
    expect((await scope.evaluate(READ, elsewhere)).reasonCode).toBe('no_manifest');
  });

  it('narrows along a delegation, at registration and at every decision', async () => {
    const scope = createScope({ recorder: log, reader: log });
    const child = { agentId: 'child', resourceActions: { claims: ['read'] } };
    const delegated = { ...child, delegatedFrom: 'claims-agent' };
    const readAsChild = { ...READ, agentId: 'child' };
    expect(await codeOf(scope.register(delegated, call))).toBe('SCOPE_DELEGATION_INVALID');
    await scope.register(MANIFEST, call);
    const wider = { ...delegated, resourceActions: { claims: ['*'] } };
    expect(await codeOf(scope.register(wider, call))).toBe('SCOPE_DELEGATION_INVALID');
    await scope.register(delegated, call);
    const circle = { ...MANIFEST, delegatedFrom: 'child' };
    expect(await codeOf(scope.register(circle, call))).toBe('SCOPE_DELEGATION_INVALID');
    expect((await scope.evaluate(readAsChild, call)).outcome).toBe('allow');
    await scope.register({ ...MANIFEST, resourceActions: {} }, call);
    expect((await scope.evaluate(readAsChild, call)).reasonCode).toBe('resource_not_granted');
    await scope.unregister('claims-agent', call);
    expect((await scope.evaluate(readAsChild, call)).reasonCode).toBe('delegation_broken');
  });

  it('decides on a capability alone', async () => {
    const scope = createScope({ recorder: log, reader: log });
    await scope.register(MANIFEST, call);
    const ask = (capability: string) =>
      scope.requireCapability({ agentId: 'claims-agent', capability }, call);
    expect((await ask('claim.read')).outcome).toBe('allow');
    expect((await ask('claim.delete')).reasonCode).toBe('capability_missing');
    expect((await ask('')).reasonCode).toBe('request_invalid');
    const [first] = await scope.listForTrace('trace-1');
    expect(first).toMatchObject({
      resource: 'capability',
      action: 'require',
      capability: 'claim.read',
    });
  });

  it('lists more decisions than one page holds', async () => {
    const scope = createScope({ recorder: log, reader: log });
    await Promise.all(Array.from({ length: 1100 }, () => scope.evaluate(READ, call)));
    expect(await scope.listForTrace('trace-1')).toHaveLength(1100);
  });

  it('counts', async () => {
    const scope = createScope({ recorder: log, reader: log });
    await scope.register(MANIFEST, call);
    await scope.evaluate(READ, call);
    await scope.evaluate({ ...READ, action: 'write' }, call);
    expect(await scope.getStatus()).toEqual({
      ...{ status: 'ok', registeredAgents: 1, totalChecks: 2, blockedChecks: 1 },
      ...{ unrecordedChecks: 0, unrecordableChecks: 0, breaker: 'closed' },
    });
  });

  it.each([
    { cbThreshold: 0 },
    { cbThreshold: 1.5 },
    { cbResetSeconds: Number.NaN },
    { lookupTimeoutMs: -1 },
  ])('refuses %j', (options) => {
    expect(() => createScope({ recorder: log, reader: log, ...options })).toThrow(ScopeError);
  });
});

describe('evaluateWithPolicy', () => {
  it('asks once and records what the policy said', async () => {
    const { policy, asked } = aPolicy({ outcome: 'human_review' });
    const scope = createScope({ recorder: log, reader: log, policy, clock: () => 1000 });
    await scope.register(MANIFEST, call);
    const result = await scope.evaluateWithPolicy({ ...READ, action: 'write' }, call);
    expect(result).toMatchObject({ outcome: 'block', allowed: false });
    expect(asked).toEqual([
      {
        ...{ service: 'sf_scope', control: 'capability_enforcement', env: 'test', observed: 0 },
        ...{ resource: 'claims', action: 'write', actor: { id: 'user-1' }, time: 1000 },
        agent: { id: 'claims-agent', capabilities: MANIFEST.capabilities },
      },
    ]);
    const { rules: _, ...reference } = { rules: 0, ...verdict().policy };
    expect((await scope.listForTrace('trace-1'))[0]?.policy).toEqual({
      ...reference,
      action: 'human_review',
    });
    expect(
      (await log.query({ traceId: 'trace-1', types: ['spanforge.scope.v1'] })).records[0]?.policy,
    ).toEqual(reference);
  });

  it('lets a policy stop what the manifest grants, and never the other way round', async () => {
    for (const [outcome, forGranted, forDenied, forStranger] of [
      ['allow', 'allow', 'block', 'block'],
      ['allow+log', 'allow+log', 'block', 'block'],
      ['redact', 'redact', 'block', 'block'],
      ['human_review', 'human_review', 'block', 'block'],
      ['block', 'block', 'block', 'block'],
    ] as const) {
      const scope = createScope({ recorder: log, reader: log, ...aPolicy({ outcome }) });
      await scope.register(MANIFEST, call);
      const ask = async (parts: object) =>
        (await scope.evaluateWithPolicy({ ...READ, ...parts }, call)).outcome;
      expect([await ask({}), await ask({ action: 'write' }), await ask({ agentId: 'x' })]).toEqual([
        ...[forGranted, forDenied, forStranger],
      ]);
    }
  });

  it.each([
    ['is not configured', undefined],
    ['rejects', { decide: () => Promise.reject(new Error('no')) }],
    [
      'throws',
      {
        decide: () => {
          throw new Error('no');
        },
      },
    ],
    ['hangs', { decide: () => new Promise(() => undefined) }],
    ['answers nothing', { decide: async () => undefined }],
    ['answers nonsense', { decide: async () => verdict({ outcome: 'permit' as 'allow' }) }],
    [
      'has odd obligations',
      { decide: async () => verdict({ obligations: [{ kind: 'dance' }] as never }) },
    ],
  ])('blocks when the policy %s', async (_name, policy) => {
    const scope = createScope({
      ...{ recorder: log, reader: log, lookupTimeoutMs: 200 },
      ...(policy ? { policy: policy as PolicyDecider } : {}),
    });
    await scope.register(MANIFEST, call);
    const result = await scope.evaluateWithPolicy(READ, call);
    expect(result).toMatchObject({ outcome: 'block', reasonCode: 'policy_unavailable' });
    expect(result.recordId).toBeDefined();
  });
});
