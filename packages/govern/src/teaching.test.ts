import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type CallContext, createGovernor, type GovernorParts, govern } from './index.js';
import { parseRuleAdvice } from './model/advice.js';
import { bodiesOf, CONTEXT, decision, openLog, policyOf } from './testing/fixtures.js';

async function openDesk(parts: Partial<GovernorParts> = {}) {
  const log = await openLog();
  let now = 0;
  let asked = 0;
  let outcome: 'block' | 'human_review' | 'allow' = 'block';
  const policy = policyOf(() => {
    asked += 1;
    const rule = { ruleId: 'limit', action: outcome, finding: 'triggered', reason: 'x' } as const;
    return { ...decision(outcome), rules: [rule] };
  });
  const governor = createGovernor({ log, policy, facts: false, clock: () => now, ...parts });
  const tool = govern(() => 'done', { governor, name: 'pay' });
  return {
    log,
    pay: (args: unknown, more: Partial<CallContext> = {}) =>
      tool(args as never, { ...CONTEXT, ...more }),
    asked: () => asked,
    decide: (next: typeof outcome) => {
      outcome = next;
    },
    wait: (ms: number) => {
      now += ms;
    },
  };
}

describe('what an agent is told', () => {
  const adviceFor = () => ({
    bounds: [{ path: 'amount', max: 1000 }],
    missing: [{ kind: 'read' as const, what: 'look_up_order' }],
  });

  test('is the bound and the missing read that the author of the rule lets it know', async () => {
    const { pay } = await openDesk({ adviceFor });
    expect(await pay({ amount: 5000 })).toMatchObject({
      status: 'blocked',
      advice: {
        finality: 'changeable',
        bounds: [{ path: 'amount', max: 1000 }],
        missing: [{ kind: 'read', what: 'look_up_order' }],
        text: 'Another call may be allowed. It needs: amount at most 1000; first call look_up_order.',
      },
    });
  });

  test('is that it is final, where no author says more', async () => {
    const { pay } = await openDesk();
    expect(await pay({ amount: 5000 })).toMatchObject({
      advice: { finality: 'final', bounds: [], missing: [] },
    });
  });

  test('is to wait, where a person decides', async () => {
    const { pay, decide } = await openDesk({ adviceFor });
    decide('human_review');
    expect(await pay({ amount: 5000 })).toMatchObject({
      status: 'held',
      advice: { finality: 'waits' },
    });
  });

  test('is never a member of a set, nor anything an author wrote in another form', () => {
    for (const written of [
      { bounds: [{ path: 'to', oneOf: ['acme', 'bank'] }] },
      { bounds: [{ path: 'to', max: 'zurich' }] },
      { bounds: [{ path: 'amount' }] },
      { missing: [{ kind: 'secret', what: 'x' }] },
      { members: ['a'] },
      'text',
    ]) {
      expect(parseRuleAdvice(written)).toBeUndefined();
    }
  });

  test('is nothing when the advice cannot be had, and the refusal stands', async () => {
    const { pay } = await openDesk({
      adviceFor: () => {
        throw new Error('broken');
      },
    });
    expect(await pay({ amount: 1 })).toMatchObject({
      status: 'blocked',
      advice: { finality: 'final' },
    });
  });

  test('has no argument in it', async () => {
    const { pay } = await openDesk({ adviceFor });
    await fc.assert(
      fc.asyncProperty(fc.stringMatching(/^[a-z]{12}$/), async (secret) => {
        const { advice } = (await pay({ secret })) as { advice: { text: string } };
        expect(JSON.stringify(advice)).not.toContain(secret);
      }),
      { numRuns: 10 },
    );
  });
});

describe('the same call, refused over and over', () => {
  const refusals = { limit: 3, resetMs: 1000, maxCalls: 2 };

  test('is no longer asked about, on record each time, and asked about again later', async () => {
    const { pay, asked, wait, log, decide } = await openDesk({ refusals });
    for (let n = 0; n < 3; n += 1) expect((await pay({ a: 1 })).reasonCode).toBe('block');
    expect(asked()).toBe(3);
    expect(await pay({ a: 1 })).toMatchObject({
      status: 'blocked',
      reasonCode: 'repeated_refusal',
      advice: { finality: 'final' },
    });
    expect(asked()).toBe(3);
    expect(await bodiesOf(log, 'execution.ended')).toHaveLength(4);
    expect((await pay({ a: 2 })).reasonCode).toBe('block');
    expect((await pay({ a: 1 }, { run: 'run-2' })).reasonCode).toBe('block');
    decide('allow');
    wait(1000);
    expect((await pay({ a: 1 })).status).toBe('completed');
  });

  test('is remembered of the latest calls only', async () => {
    const { pay } = await openDesk({ refusals });
    for (let n = 0; n < 3; n += 1) await pay({ a: 1 });
    await pay({ a: 2 });
    await pay({ a: 3 });
    expect((await pay({ a: 1 })).reasonCode).toBe('block');
  });

  test('is not what a control that failed says', async () => {
    const failing = async () => Promise.reject(new Error('down'));
    const { pay } = await openDesk({ refusals, scope: failing });
    for (let n = 0; n < 5; n += 1) {
      expect((await pay({ a: 1 })).reasonCode).toBe('control_failed');
    }
  });

  test('is asked about every time where no limit is set', async () => {
    const { pay, asked } = await openDesk();
    for (let n = 0; n < 10; n += 1) await pay({ a: 1 });
    expect(asked()).toBe(10);
  });
});
