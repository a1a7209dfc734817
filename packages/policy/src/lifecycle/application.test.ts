import { createMemoryCounters } from '@spanforge/core-events/log';
import { policyDecisionV1 } from '@spanforge/core-events/records';
import { describe, expect, it } from 'vitest';
import { aBundle, context, pay, setUp } from './test-policy.js';

const only = (policyId: string, most: number, part: object = {}) =>
  aBundle({ policy_id: policyId, ...part }, { when: `args.amount > ${most}` });

describe('an application with a policy of its own', () => {
  it('is governed by it alone, and governs nobody else, in one environment', async () => {
    const { create, log } = await setUp({ unbundled: 'block' });
    const [desk, vault, rest] = [{ application: 'desk' }, { application: 'vault' }, {}].map((one) =>
      create(one),
    );
    if (!desk || !vault || !rest) throw new Error('three services');
    await desk.lifecycle.activate(only('desk', 10));
    await vault.lifecycle.activate(only('vault', 100));
    await rest.lifecycle.activate(only('rest', 1000));
    const outcomes = async (amount: number) =>
      Promise.all(
        [desk, vault, rest].map(
          async (one) => (await one.evaluate(pay(amount), { context })).verdict.outcome,
        ),
      );
    expect(await outcomes(5)).toEqual(['allow', 'allow', 'allow']);
    expect(await outcomes(50)).toEqual(['block', 'allow', 'allow']);
    expect(await outcomes(500)).toEqual(['block', 'block', 'allow']);
    const { records } = await log.query({ types: [policyDecisionV1.key], limit: 100 });
    const said = records.map(({ body }) => policyDecisionV1.fromWire(body).application);
    expect(new Set(said.slice(0, 3))).toEqual(new Set(['desk', 'vault', undefined]));
    const status = await vault.getStatus();
    expect(status.active).toMatchObject({ prod: { id: 'vault' } });
    expect(status.applications).toEqual(['desk', 'vault']);
    expect((await rest.getStatus()).active).toMatchObject({ prod: { id: 'rest' } });
  });

  it('takes steps of its own, on record, and another process sees them', async () => {
    const { create, policy, steps } = await setUp({ unbundled: 'block' });
    const desk = create({ application: 'desk' });
    await desk.lifecycle.activate(only('desk', 10));
    await desk.lifecycle.activate(only('desk', 20, { version: '2' }));
    await desk.lifecycle.rollback('prod');
    await desk.lifecycle.promote({ from: 'prod', to: 'live' });
    const again = create({ application: 'desk' });
    expect((await again.lifecycle.active('prod'))?.version).toBe('1');
    expect((await again.lifecycle.active('live'))?.policyId).toBe('desk');
    expect(await policy.lifecycle.active('live')).toBeUndefined();
    const { entries } = await again.lifecycle.history('prod');
    expect(entries.map(({ step }) => step)).toEqual(['activated', 'activated', 'rolled_back']);
    expect(await steps()).toEqual([]);
    await expect(policy.lifecycle.deactivate('prod')).rejects.toMatchObject({
      code: 'POLICY_NOT_ACTIVE',
    });
    await again.lifecycle.deactivate('prod');
    const { verdict } = await desk.evaluate(pay(1), { context });
    expect(verdict).toMatchObject({ outcome: 'block', reasonCode: 'no_active_bundle' });
    expect(verdict.reason).toContain('in environment "prod" for "desk"');
  });

  it('is not governed by the policy of its environment', async () => {
    const { create, policy } = await setUp({ unbundled: 'block' });
    await policy.lifecycle.activate(only('rest', 1000));
    const { verdict } = await create({ application: 'desk' }).evaluate(pay(1), { context });
    expect(verdict.reasonCode).toBe('no_active_bundle');
  });

  it('counts for itself, also under the policy id of another', async () => {
    const { create } = await setUp({ counters: createMemoryCounters() });
    const counted = aBundle(
      { facts: { n: { count: 'calls', window: '1d' } } },
      { when: 'facts.n > 1' },
    );
    const both = [create({ application: 'desk' }), create({ application: 'vault' })];
    for (const one of both) await one.lifecycle.activate(counted);
    for (const one of both)
      expect((await one.evaluate(pay(1), { context })).verdict.outcome).toBe('allow');
    for (const one of both)
      expect((await one.evaluate(pay(1), { context })).verdict.outcome).toBe('block');
  });

  it.each(['', ' ', 'x'.repeat(513)])('needs a name: %j', async (application) => {
    const { create } = await setUp();
    expect(() => create({ application })).toThrow(
      expect.objectContaining({ code: 'POLICY_OPTIONS_INVALID' }),
    );
  });
});
