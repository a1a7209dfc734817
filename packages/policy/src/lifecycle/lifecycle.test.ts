import { EventsError } from '@spanforge/core-events';
import { policyLifecycleV1 } from '@spanforge/core-events/records';
import { describe, expect, it } from 'vitest';
import { aBundle, context, failing, pay, setUp } from './test-policy.js';

const code = (expected: string) => ({ code: expected });

describe('validating', () => {
  it('tells every problem and records nothing', async () => {
    const { log, policy } = await setUp();
    const size = await log.size();
    expect(policy.lifecycle.validate(JSON.parse(aBundle().canonical))).toEqual([]);
    const broken = { ...JSON.parse(aBundle().canonical), version: 'x', owner: 5 };
    expect(policy.lifecycle.validate(broken).map(({ path }) => path)).toEqual([
      '$.version',
      '$.owner',
    ]);
    expect(policy.lifecycle.validate(new Date(0))).toHaveLength(1);
    expect(await log.size()).toBe(size);
  });
});

describe('deactivating', () => {
  it('ends what governs, is seen after a restart, and is refused where nothing does', async () => {
    const { policy, create, steps } = await setUp();
    await expect(policy.lifecycle.deactivate('prod')).rejects.toMatchObject(
      code('POLICY_NOT_ACTIVE'),
    );
    await policy.lifecycle.activate(aBundle());
    await policy.lifecycle.deactivate('prod');
    await expect(policy.lifecycle.deactivate('prod')).rejects.toMatchObject(
      code('POLICY_NOT_ACTIVE'),
    );
    expect(await create().lifecycle.active('prod')).toBeUndefined();
    const { verdict } = await create().evaluate(pay(5000), { context });
    expect(verdict.reasonCode).toBe('no_active_bundle');
    await policy.lifecycle.activate(aBundle());
    expect((await create().lifecycle.active('prod'))?.version).toBe('1');
    expect(await steps()).toEqual([
      'refused:POLICY_NOT_ACTIVE',
      'activated',
      'deactivated',
      'refused:POLICY_NOT_ACTIVE',
      'activated',
    ]);
  });

  it('takes back what was to come into force later', async () => {
    const { policy, advance } = await setUp();
    await policy.lifecycle.activate(aBundle());
    await policy.lifecycle.activate(
      aBundle({ version: '2', effective_at: '2026-06-01T00:01:00Z' }),
    );
    await policy.lifecycle.rollback('prod');
    advance(120_000);
    expect((await policy.lifecycle.active('prod'))?.version).toBe('1');
  });
});

describe('promoting', () => {
  it('takes the bundle into the other environment and names where it came from', async () => {
    const { policy, create } = await setUp();
    const dev = aBundle({ environment: 'dev', version: '7' });
    await policy.lifecycle.activate(dev);
    const promoted = await policy.lifecycle.promote({ from: 'dev', to: 'prod' });
    expect(promoted).toMatchObject({ environment: 'prod', version: '7' });
    expect(promoted.digest).not.toBe(dev.digest);
    expect((await create().lifecycle.active('prod'))?.digest).toBe(promoted.digest);
    const [entry] = (await policy.lifecycle.history('prod')).entries;
    expect(entry).toMatchObject({
      step: 'promoted',
      outcome: 'taken',
      actor: 'ann',
      digest: promoted.digest,
      sourceEnvironment: 'dev',
      sourceDigest: dev.digest,
    });
  });

  it('is refused where nothing is active, and for an older version', async () => {
    const { policy, steps } = await setUp();
    const refused = policy.lifecycle.promote({ from: 'dev', to: 'prod' });
    await expect(refused).rejects.toMatchObject(code('POLICY_NOT_ACTIVE'));
    await policy.lifecycle.activate(aBundle({ version: '9' }));
    await policy.lifecycle.activate(aBundle({ environment: 'dev', version: '8' }));
    const older = policy.lifecycle.promote({ from: 'dev', to: 'prod' });
    await expect(older).rejects.toMatchObject(code('POLICY_VERSION_OLDER'));
    expect(await steps()).toEqual([
      'refused:POLICY_NOT_ACTIVE',
      'activated',
      'refused:POLICY_VERSION_OLDER',
    ]);
  });
});

describe('going back', () => {
  it('goes to the bundle before, and again to the one before that', async () => {
    const { policy, create } = await setUp();
    for (const version of ['1', '2', '3']) await policy.lifecycle.activate(aBundle({ version }));
    expect((await policy.lifecycle.rollback('prod')).version).toBe('2');
    expect((await create().lifecycle.rollback('prod')).version).toBe('1');
    const nothing = policy.lifecycle.rollback('prod');
    await expect(nothing).rejects.toMatchObject(code('POLICY_VERSION_UNKNOWN'));
    expect((await create().lifecycle.active('prod'))?.version).toBe('1');
  });

  it('goes to a named version that was active, and to no other', async () => {
    const { policy } = await setUp();
    for (const version of ['1', '2', '3']) await policy.lifecycle.activate(aBundle({ version }));
    await expect(policy.lifecycle.rollback('prod', { version: '4' })).rejects.toMatchObject(
      code('POLICY_VERSION_UNKNOWN'),
    );
    await policy.lifecycle.rollback('prod', { version: '1.0' });
    expect((await policy.lifecycle.active('prod'))?.version).toBe('1');
  });

  it('undoes a deactivation', async () => {
    const { policy } = await setUp();
    await policy.lifecycle.activate(aBundle());
    await policy.lifecycle.deactivate('prod');
    await policy.lifecycle.rollback('prod');
    expect((await policy.lifecycle.active('prod'))?.version).toBe('1');
  });

  it('gives no version other content, not even later', async () => {
    const { policy } = await setUp();
    for (const version of ['1', '2']) await policy.lifecycle.activate(aBundle({ version }));
    await policy.lifecycle.rollback('prod');
    const other = aBundle({ version: '2.0' }, { action: 'allow' });
    for (const rollback of [true, false]) {
      await expect(policy.lifecycle.activate(other, { rollback })).rejects.toMatchObject(
        code('POLICY_VERSION_REUSED'),
      );
    }
  });
});

describe('the history', () => {
  it('has every step with who, when and what, in pages', async () => {
    const { log, policy } = await setUp();
    const long = aBundle({ metadata: { note: 'é🚆"\\'.repeat(12_000) } });
    const bea = { ...context, actor: 'bea' };
    await policy.lifecycle.loadBundle(JSON.parse(long.canonical));
    await policy.lifecycle.activate(long, { context: bea });
    await policy.lifecycle.activate(aBundle({ environment: 'dev' }));
    await policy.lifecycle.activate(aBundle({ version: '0.5' })).catch(() => undefined);
    const { entries } = await policy.lifecycle.history('prod');
    expect(entries.map(({ step, actor, outcome }) => [step, actor, outcome])).toEqual([
      ['loaded', 'ann', 'taken'],
      ['activated', 'bea', 'taken'],
      ['refused', 'ann', 'refused'],
    ]);
    expect(entries[1]).toMatchObject({ digest: long.digest, version: '1', stage: 'enforce' });
    expect(entries[2]).toMatchObject({ attempt: 'activate', reasonCode: 'POLICY_VERSION_OLDER' });
    const { records } = await log.query({ cursor: entries[1]?.index ?? 0, limit: 1 });
    expect(records[0]).toMatchObject({ id: entries[1]?.recordId, time: entries[1]?.time });
    const pages: string[] = [];
    for (let cursor: number | undefined = 0; cursor !== undefined; ) {
      const page = await policy.lifecycle.history('prod', { cursor, limit: 1 });
      pages.push(...page.entries.map(({ recordId }) => recordId));
      cursor = page.next;
    }
    expect(pages).toEqual(entries.map(({ recordId }) => recordId));
    await expect(policy.lifecycle.history('prod', { limit: 0 })).rejects.toMatchObject(
      code('POLICY_OPTIONS_INVALID'),
    );
  });
});

/** What a step can meet that others overtook. */
const POSSIBLE = ['POLICY_ACTIVATION_CONFLICT', 'POLICY_VERSION_OLDER', 'POLICY_NOT_ACTIVE'];

describe('replicas over one log', () => {
  it('take turns: of many racing steps each stands on the one before', async () => {
    const { policy, create, steps } = await setUp();
    await policy.lifecycle.activate(aBundle());
    const replicas = [policy, create()];
    for (let round = 2; round < 8; round += 1) {
      const results = await Promise.allSettled([
        ...replicas.map((each, at) =>
          each.lifecycle.activate(aBundle({ version: `${round}.${at}` })),
        ),
        replicas[round % 2]?.lifecycle.deactivate('prod'),
      ]);
      const reasons = results.flatMap((one) => (one.status === 'rejected' ? [one.reason] : []));
      for (const { code: given } of reasons) {
        expect(POSSIBLE).toContain(given);
      }
      const [first, second] = await Promise.all(
        replicas.map((each) => each.lifecycle.active('prod')),
      );
      expect(first?.digest).toBe(second?.digest);
    }
    const taken = (await policy.lifecycle.history('prod')).entries.filter(
      (one) => one.outcome === 'taken',
    );
    for (const [at, { previousDigest }] of taken.entries()) {
      if (at > 0) expect(previousDigest).toBe(taken[at - 1]?.digest);
    }
    expect(
      (await steps()).filter((one) => one === 'refused:POLICY_ACTIVATION_CONFLICT'),
    ).not.toEqual([]);
  });

  it('decide a call on the version it began with', async () => {
    let release = (): void => undefined;
    const counters = {
      add: () =>
        new Promise<number>((resolve) => {
          release = () => resolve(1);
        }),
      remove: async () => undefined,
    };
    const { policy, create } = await setUp({ counters });
    const facts = { payments: { count: 'calls', tools: ['pay'], per: ['actor'], window: '1h' } };
    const counting = { facts, tools: { pay: { effect: 'write' } } };
    await policy.lifecycle.activate(
      aBundle(counting, { when: 'facts.payments > 5.0 || args.amount > 10' }),
    );
    const pending = policy.evaluate(pay(100), { context });
    await new Promise((resolve) => setTimeout(resolve));
    await create().lifecycle.activate(aBundle({ version: '2' }));
    expect((await policy.lifecycle.active('prod'))?.version).toBe('2');
    release();
    expect((await pending).verdict).toMatchObject({ outcome: 'block', policy: { version: '1' } });
    expect((await policy.evaluate(pay(100), { context })).verdict.outcome).toBe('allow');
  });
});

describe('tenants of one log', () => {
  const globex = { ...context, tenant: 'globex' };

  it('are governed by their own bundles only', async () => {
    const { policy, create } = await setUp();
    const other = create({ context: globex });
    await policy.lifecycle.activate(aBundle());
    expect(await other.lifecycle.active('prod')).toBeUndefined();
    expect((await policy.evaluate(pay(5000), { context: globex })).verdict.reasonCode).toBe(
      'no_active_bundle',
    );
    await other.lifecycle.activate(aBundle({ version: '0.1' }, { when: 'args.amount > 1' }));
    expect((await policy.evaluate(pay(5), { context })).verdict.outcome).toBe('allow');
    expect((await policy.evaluate(pay(5), { context: globex })).verdict.outcome).toBe('block');
    expect(await other.getStatus()).toMatchObject({ active: { prod: { version: '0.1' } } });
    expect((await other.lifecycle.history('prod')).entries).toHaveLength(1);
    expect(await policy.listForTrace('trace-1')).toHaveLength(1);
  });

  it('do not stand in each other’s way, whatever their names', async () => {
    const { create, log } = await setUp();
    const names = [
      ['a', 'b/0'],
      ['a/b', '0'],
      ['a"', 'b'],
      ['a', '"b'],
    ] as const;
    await Promise.all(
      names.map(([tenant, env]) =>
        create({ context: { ...context, tenant, env } }).lifecycle.activate(
          aBundle({ environment: env }),
        ),
      ),
    );
    expect(await log.size()).toBe(1 + names.length);
  });

  it('are governed by what the context of a record says, never by its body', async () => {
    const { log, policy, create } = await setUp();
    await policy.lifecycle.activate(aBundle());
    const bundle = aBundle({ version: '5' }, { action: 'allow' });
    const body = policyLifecycleV1.toWire({
      step: 'activated',
      policyId: 'p',
      version: '5',
      environment: 'prod',
      digest: bundle.digest,
      bundle: bundle.canonical,
    });
    await log.append([{ type: policyLifecycleV1.key, context: { ...context, env: 'dev' }, body }]);
    expect((await policy.lifecycle.active('prod'))?.version).toBe('1');
    const dev = create({ context: { ...context, env: 'dev' } });
    const { verdict } = await dev.evaluate(pay(1), { context: { ...context, env: 'dev' } });
    expect(verdict).toMatchObject({ outcome: 'block', reasonCode: 'policy_unreadable' });
    await dev.lifecycle.activate(aBundle({ environment: 'dev' }));
    expect((await dev.lifecycle.active('dev'))?.version).toBe('1');
  });

  it('cannot be given a bundle for another environment', async () => {
    const { log, policy } = await setUp();
    const bundle = aBundle({ environment: 'dev' }, { action: 'allow' });
    const body = policyLifecycleV1.toWire({
      step: 'activated',
      policyId: 'p',
      version: '1',
      environment: 'prod',
      digest: bundle.digest,
      bundle: bundle.canonical,
    });
    await log.append([{ type: policyLifecycleV1.key, context, body }]);
    const { verdict } = await policy.evaluate(pay(1), { context });
    expect(verdict.reasonCode).toBe('policy_unreadable');
  });
});

describe('a log that fails', () => {
  it('refuses every step and leaves what governs', async () => {
    const { policy, create } = await setUp();
    await policy.lifecycle.activate(aBundle());
    await policy.lifecycle.activate(aBundle({ version: '2' }));
    await policy.lifecycle.activate(aBundle({ environment: 'dev' }));
    const broken = create({ recorder: failing });
    const tries = [
      broken.lifecycle.activate(aBundle({ version: '3' })),
      broken.lifecycle.deactivate('prod'),
      broken.lifecycle.rollback('prod'),
      broken.lifecycle.promote({ from: 'dev', to: 'stage' }),
      broken.lifecycle.loadBundle(JSON.parse(aBundle().canonical)),
    ];
    for (const each of tries) {
      await expect(each).rejects.toMatchObject(code('POLICY_EVIDENCE_UNAVAILABLE'));
    }
    expect((await policy.lifecycle.active('prod'))?.version).toBe('2');
    expect(await policy.lifecycle.active('stage')).toBeUndefined();
  });

  it('tells that the state cannot be read, and records that nothing was done', async () => {
    const { log, create, steps } = await setUp();
    const reader = { ...log, query: failing.append as never, size: failing.append as never };
    const blind = create({ reader });
    for (const each of [blind.lifecycle.activate(aBundle()), blind.lifecycle.rollback('prod')]) {
      await expect(each).rejects.toMatchObject(code('POLICY_STATE_UNAVAILABLE'));
    }
    await expect(blind.lifecycle.history('prod')).rejects.toMatchObject(
      code('POLICY_STATE_UNAVAILABLE'),
    );
    expect(await steps()).toEqual([
      'refused:POLICY_STATE_UNAVAILABLE',
      'refused:POLICY_STATE_UNAVAILABLE',
    ]);
  });

  it('tells what the log answered', async () => {
    const { log, create } = await setUp();
    const details = { reason: 'rolled_back' };
    const frozen = async () => {
      throw new EventsError('EVENTS_LOG_FROZEN', 'the log is frozen: rolled_back', { details });
    };
    const blind = create({ reader: { ...log, query: frozen, size: frozen } });
    await expect(blind.lifecycle.history('prod')).rejects.toMatchObject({
      code: 'POLICY_STATE_UNAVAILABLE',
      details: { because: 'EVENTS_LOG_FROZEN', reason: 'rolled_back' },
    });
  });
});
