import { describe, expect, it } from 'vitest';
import { aBundle, context, pay, setUp } from './test-policy.js';

const point = { service: 'sf_govern', control: 'tool_call', context };

describe('where no bundle is in force', () => {
  it.each(['allow', 'block'] as const)('%s is what the host says', async (unbundled) => {
    const { policy } = await setUp({ unbundled });
    const { verdict } = await policy.evaluate(pay(1), { context });
    expect(verdict).toMatchObject({ outcome: unbundled, reasonCode: 'no_active_bundle' });
    expect(verdict.reason).toContain('No policy is in force in environment "prod"');
  });

  it('allows where the host says nothing', async () => {
    const { policy } = await setUp();
    expect((await policy.decide({ ...pay(1), time: 0 })).outcome).toBe('allow');
  });

  it('names an environment that is spelled alike', async () => {
    const { policy } = await setUp({ unbundled: 'block' });
    await policy.lifecycle.activate(aBundle({ environment: 'Prod' }));
    const { verdict } = await policy.evaluate(pay(1), { context });
    expect(verdict).toMatchObject({ outcome: 'block', reasonCode: 'no_active_bundle' });
    expect(verdict.reason).toContain('but in "Prod"');
  });

  it('says of a bundle for a time to come when it will govern', async () => {
    const { policy } = await setUp({ unbundled: 'block' });
    const bundle = aBundle({ effective_at: '2036-01-01T00:00:00Z' });
    expect(await policy.lifecycle.activate(bundle)).toEqual({
      environment: 'prod',
      policyId: 'p',
      version: '1',
      digest: bundle.digest,
      stage: 'enforce',
      governsFrom: '2036-01-01T00:00:00Z',
      inForce: false,
      detectors: [],
    });
    const { verdict } = await policy.evaluate(pay(1), { context });
    expect(verdict.outcome).toBe('block');
    expect(verdict.reason).toContain('"p" 1 will govern from 2036-01-01T00:00:00.000Z');
  });

  it('is so for another tenant, and after a deactivation', async () => {
    const { policy } = await setUp({ unbundled: 'block' });
    await policy.lifecycle.activate(aBundle());
    const other = { ...context, tenant: 'other' };
    expect((await policy.evaluate(pay(1), { context: other })).verdict.outcome).toBe('block');
    expect((await policy.evaluate(pay(1), { context })).verdict.outcome).toBe('allow');
    await policy.lifecycle.deactivate('prod');
    expect((await policy.evaluate(pay(1), { context })).verdict.outcome).toBe('block');
  });
});

describe('hasRule', () => {
  const roles = { ...point, service: 'sf_rbac', control: 'role_enforcement' };
  const rule = { rule_id: 'r', service: 'sf_rbac', control: 'role_enforcement', action: 'block' };

  it('leaves the default aside, and says what is in force where the call is', async () => {
    const { policy } = await setUp();
    expect(await policy.hasRule(roles)).toBe(false);
    await policy.lifecycle.activate(aBundle({ default: 'block' }));
    expect(await policy.hasRule(roles)).toBe(false);
    await policy.lifecycle.activate(aBundle({ version: '2', rules: [rule] }));
    expect(await policy.hasRule(roles)).toBe(true);
    expect(await policy.hasRule({ ...roles, context: { ...context, tenant: 'other' } })).toBe(
      false,
    );
    expect(await policy.hasRule({ ...roles, context: { ...context, env: 'dev' } })).toBe(false);
    const off = { ...rule, enabled: false };
    await policy.lifecycle.activate(aBundle({ version: '3', rules: [off] }));
    expect(await policy.hasRule(roles)).toBe(false);
  });
});

describe('hasSay', () => {
  it('is true until the state is known, and then for what could be decided', async () => {
    const { policy } = await setUp({ refreshMs: 1000 });
    expect(policy.hasSay(point)).toBe(true);
    await policy.evaluate(pay(1), { context });
    expect(policy.hasSay(point)).toBe(false);
    await policy.lifecycle.activate(aBundle());
    expect(policy.hasSay(point)).toBe(true);
    expect(policy.hasSay({ ...point, control: 'tool_result' })).toBe(false);
    expect(policy.hasSay({ ...point, context: { ...context, env: 'dev' } })).toBe(false);
  });

  it('is true for a shadow, a default, and where nothing in force means block', async () => {
    const shadow = await setUp({ refreshMs: 1000 });
    await shadow.policy.lifecycle.activate(aBundle(), { stage: 'shadow' });
    expect(shadow.policy.hasSay(point)).toBe(true);
    const fallback = await setUp({ refreshMs: 1000 });
    await fallback.policy.lifecycle.activate(aBundle({ default: 'allow' }));
    expect(fallback.policy.hasSay({ ...point, control: 'tool_result' })).toBe(true);
    const none = await setUp({ refreshMs: 1000, unbundled: 'block' });
    await none.policy.evaluate(pay(1), { context });
    expect(none.policy.hasSay(point)).toBe(true);
  });
});

describe('a bundle with another policy_id', () => {
  const other = aBundle({ policy_id: 'q' });

  it('takes the place of the one in force only when told to, on record', async () => {
    const { policy, steps, ofType } = await setUp();
    await policy.lifecycle.activate(aBundle());
    await expect(policy.lifecycle.activate(other)).rejects.toMatchObject({
      code: 'POLICY_REPLACE_REQUIRED',
      details: { active: 'p', policyId: 'q' },
    });
    expect((await policy.lifecycle.active('prod'))?.policyId).toBe('p');
    await policy.lifecycle.activate(other, { replace: true });
    expect((await policy.lifecycle.active('prod'))?.policyId).toBe('q');
    expect(await steps()).toEqual(['activated', 'refused:POLICY_REPLACE_REQUIRED', 'activated']);
    const records = await ofType('spanforge.policy.lifecycle.v1');
    expect(records.at(-1)?.body).toMatchObject({
      reason_code: 'replaces_other_policy',
      reason: 'Takes the place of policy "p", as asked for.',
    });
  });

  it('needs no leave where nothing is in force, and in the shadow', async () => {
    const { policy } = await setUp();
    await policy.lifecycle.activate(aBundle());
    await policy.lifecycle.activate(other, { stage: 'shadow' });
    await policy.lifecycle.deactivate('prod');
    await policy.lifecycle.activate(other);
    expect((await policy.lifecycle.active('prod'))?.policyId).toBe('q');
  });
});
