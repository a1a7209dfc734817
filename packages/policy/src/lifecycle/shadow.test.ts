import type { CounterEntry, Recorder } from '@spanforge/core-events';
import { createMemoryCounters } from '@spanforge/core-events/log';
import { describe, expect, it } from 'vitest';
import { aBundle, context, failing, pay, setUp } from './test-policy.js';

const DECISION = 'spanforge.policy.decision.v1';
const strict = (part: object = {}) =>
  aBundle({ version: '9', ...part }, { when: 'args.amount > 1' });

describe('a candidate in shadow', () => {
  it('decides on record beside the active bundle, and changes nothing', async () => {
    const { policy, create, ofType } = await setUp();
    await policy.lifecycle.activate(aBundle());
    await policy.lifecycle.activate(strict(), { stage: 'shadow' });
    const { verdict } = await create().evaluate(pay(5), { context });
    expect(verdict.outcome).toBe('allow');
    expect((await policy.lifecycle.active('prod'))?.version).toBe('1');
    const records = await ofType(DECISION);
    expect(records.map(({ mode, body, policy: by }) => [mode, body.outcome, by?.version])).toEqual([
      ['live', 'allow', '1'],
      ['shadow', 'block', '9'],
    ]);
    expect(await policy.getStatus()).toMatchObject({
      active: { prod: { version: '1' } },
      shadow: { prod: { version: '9' } },
    });
    expect((await policy.lifecycle.history('prod')).entries.map(({ stage }) => stage)).toEqual([
      'enforce',
      'shadow',
    ]);
  });

  it('decides where nothing is active, from now on, whatever its time and version', async () => {
    const { policy, ofType } = await setUp();
    const later = strict({ effective_at: '2030-01-01T00:00:00Z', version: '0.1' });
    await policy.lifecycle.activate(later, { stage: 'shadow' });
    const { verdict } = await policy.evaluate(pay(5), { context });
    expect(verdict.reasonCode).toBe('no_active_bundle');
    expect((await ofType(DECISION)).map(({ mode }) => mode)).toEqual(['live', 'shadow']);
  });

  it('ends when it is deactivated, replaced or activated', async () => {
    const { policy, ofType, steps } = await setUp();
    await policy.lifecycle.activate(aBundle());
    const shadows = async () => (await policy.getStatus()).shadow;
    await policy.lifecycle.activate(strict(), { stage: 'shadow' });
    await policy.lifecycle.activate(strict(), { stage: 'shadow' });
    await policy.lifecycle.activate(strict({ version: '8' }), { stage: 'shadow' });
    expect(await shadows()).toMatchObject({ prod: { version: '8' } });
    await policy.lifecycle.deactivate('prod', { stage: 'shadow' });
    expect(await shadows()).toEqual({});
    expect((await policy.lifecycle.active('prod'))?.version).toBe('1');
    await expect(policy.lifecycle.deactivate('prod', { stage: 'shadow' })).rejects.toMatchObject({
      code: 'POLICY_NOT_ACTIVE',
    });
    await policy.lifecycle.activate(strict(), { stage: 'shadow' });
    await policy.lifecycle.activate(strict());
    expect(await shadows()).toEqual({});
    expect((await policy.evaluate(pay(5), { context })).verdict.outcome).toBe('block');
    expect(await ofType(DECISION)).toHaveLength(1);
    expect(await steps()).toHaveLength(7);
  });

  it('cannot make a decision fail: neither by its record nor by its counters', async () => {
    const { policy, log } = await setUp({
      counters: {
        add: async () => {
          throw new Error('down');
        },
        remove: async () => undefined,
      },
    });
    await policy.lifecycle.activate(aBundle());
    const facts = { payments: { count: 'calls', tools: ['pay'], per: ['actor'], window: '1h' } };
    const counting = { version: '2', facts, tools: { pay: { effect: 'write' } } };
    const candidate = aBundle(counting, { when: 'facts.payments > 5.0' });
    await policy.lifecycle.activate(candidate, { stage: 'shadow' });
    const liveOnly: Recorder = {
      append: (drafts, options) =>
        drafts[0]?.mode === 'shadow' ? failing.append(drafts) : log.append(drafts, options),
    };
    const { verdict } = await policy.evaluate(pay(5), { context, recorder: liveOnly });
    expect(verdict.outcome).toBe('allow');
    expect(await policy.getStatus()).toMatchObject({ status: 'ok', shadowUnrecorded: 1 });
  });

  it('counts for itself and never on the counters of production', async () => {
    const seen: string[] = [];
    const memory = createMemoryCounters();
    const counters = {
      ...memory,
      count: (entry: CounterEntry) => {
        seen.push(entry.key);
        return memory.count(entry);
      },
    };
    const { policy, ofType } = await setUp({ counters });
    const facts = { payments: { count: 'calls', tools: ['pay'], per: ['actor'], window: '1h' } };
    const tools = { pay: { effect: 'write' } };
    await policy.lifecycle.activate(aBundle({ facts, tools }, { when: 'facts.payments > 3.0' }));
    const candidate = aBundle({ version: '2', facts, tools }, { when: 'facts.payments > 1.0' });
    await policy.lifecycle.activate(candidate, { stage: 'shadow' });
    const outcomes: string[] = [];
    for (let n = 0; n < 4; n += 1) {
      outcomes.push((await policy.evaluate(pay(5), { context })).verdict.outcome);
    }
    expect(outcomes).toEqual(['allow', 'allow', 'allow', 'block']);
    expect(new Set(seen).size).toBe(2);
    const shadows = (await ofType(DECISION)).filter(({ mode }) => mode === 'shadow');
    expect(shadows.map(({ body }) => body.outcome)).toEqual(['allow', 'block', 'block', 'block']);
  });

  it('is in the same commit where the recorder is a stage', async () => {
    const { policy, log, ofType } = await setUp();
    await policy.lifecycle.activate(aBundle());
    await policy.lifecycle.activate(strict(), { stage: 'shadow' });
    const stage = log.stage();
    const { receipts } = await policy.evaluate(pay(5), { context, recorder: stage });
    expect(await ofType(DECISION)).toEqual([]);
    await stage.commit();
    await receipts;
    expect((await ofType(DECISION)).map(({ mode }) => mode)).toEqual(['live', 'shadow']);
  });
});
