import { OUTCOMES, strictness } from '@spanforge/core-events';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  createDecisionFunction,
  createGovernanceTrace,
  createGovernor,
  decisionControl,
  ENFORCEMENT_OUTCOMES,
  fromEnforcementOutcome,
  type GovernanceDecision,
  govern,
  type PolicyFunction,
  toEnforcementOutcome,
} from '../index.js';
import { bodiesOf, CONTEXT, createFaultyStore, openLog } from '../testing/fixtures.js';
import { combineDecisions } from './combine.js';

const says =
  (
    outcome: GovernanceDecision['outcome'],
    more: Partial<GovernanceDecision> = {},
  ): PolicyFunction =>
  () => ({ outcome, reason: `said ${outcome}`, ...more });

const ACTION = { type: 'write_file', target: '/etc/passwd', parameters: { text: 'x' } };
const SURROUNDINGS = { user_id: 'alice', env: 'production', scope: 'customer_data' };
const REDACT = { kind: 'redact', target: 'result', path: 'card' } as const;

describe('the decision function', () => {
  test('has the documented outcomes on the wire', () => {
    expect(ENFORCEMENT_OUTCOMES).toEqual([
      'allow',
      'allow_with_redaction',
      'require_review',
      'deny',
    ]);
    expect(OUTCOMES.map(toEnforcementOutcome)).toEqual([
      'allow',
      'allow',
      'allow_with_redaction',
      'require_review',
      'deny',
    ]);
    for (const outcome of ENFORCEMENT_OUTCOMES) {
      expect(toEnforcementOutcome(fromEnforcementOutcome(outcome))).toBe(outcome);
    }
  });

  test('has the documented reasons', async () => {
    const evaluate = (policies: Record<string, PolicyFunction>) =>
      createDecisionFunction(policies).evaluate(ACTION, SURROUNDINGS);
    expect(await evaluate({ a: says('allow'), b: says('allow') })).toEqual({
      outcome: 'allow',
      reason: 'No policy violations detected',
    });
    expect(await evaluate({ a: says('allow'), b: says('require_review') })).toEqual({
      outcome: 'require_review',
      reason: 'Requires human review: conflicting policy requirements',
    });
    expect(
      await evaluate({
        a: says('require_review'),
        b: says('deny', { reason: 'not in /etc' }),
        c: says('deny', { reason: 'nor there' }),
      }),
    ).toEqual({ outcome: 'deny', reason: 'Policy violation: not in /etc' });
  });

  test('gives every policy the action and its surroundings, at the time of the call', async () => {
    const action = structuredClone(ACTION);
    const decisions = createDecisionFunction({
      later: async (asked, context) => {
        await Promise.resolve();
        return {
          outcome: asked.target === '/etc/passwd' && context.user_id === 'alice' ? 'deny' : 'allow',
          reason: 'seen',
        };
      },
    });
    const deciding = decisions.evaluate(action, SURROUNDINGS);
    action.target = '/tmp/x';
    expect((await deciding).outcome).toBe('deny');
  });

  test.each<[string, PolicyFunction]>([
    [
      'throws',
      () => {
        throw new Error('down');
      },
    ],
    ['rejects', () => Promise.reject(new Error('down'))],
    ['hangs', () => new Promise(() => undefined)],
    ['answers nothing', () => undefined as never],
    ['answers an outcome nobody knows', () => ({ outcome: 'ALLOW' as never, reason: 'x' })],
    ['gives no reason', () => ({ outcome: 'allow' }) as never],
    [
      'gives a malformed obligation',
      () => ({ outcome: 'allow', reason: 'x', obligations: [{ kind: 'redact' } as never] }),
    ],
  ])('denies when a policy %s', async (_name, broken) => {
    const decisions = createDecisionFunction({ fine: says('allow'), broken }, { timeoutMs: 20 });
    const { outcome, reason } = await decisions.evaluate(ACTION, SURROUNDINGS);
    expect(outcome).toBe('deny');
    expect(reason).toMatch(/^Policy violation: policy broken /);
  });

  test('denies what it cannot read, and is not made without a policy', async () => {
    let deep: unknown = 1;
    for (let n = 0; n < 100; n += 1) deep = [deep];
    const decisions = createDecisionFunction({ fine: says('allow') });
    expect((await decisions.evaluate({ parameters: deep }, {})).outcome).toBe('deny');
    for (const none of [{}, { a: 'allow' as never }]) {
      expect(() => createDecisionFunction(none)).toThrow(
        expect.objectContaining({ code: 'GOVERN_OPTIONS_INVALID' }),
      );
    }
  });

  test('never loses a redaction, and is as strict as the strictest, in any order', () => {
    const one = fc.record({
      outcome: fc.constantFrom(...ENFORCEMENT_OUTCOMES),
      reason: fc.constant('r'),
      obligations: fc.subarray([REDACT, { kind: 'notice', text: 'n' } as const]),
    });
    fc.assert(
      fc.property(fc.array(one, { minLength: 1 }), (decisions) => {
        const combined = combineDecisions(decisions);
        const back = combineDecisions([...decisions].reverse());
        expect(back.outcome).toBe(combined.outcome);
        const strict = (d: GovernanceDecision) => strictness(fromEnforcementOutcome(d.outcome));
        expect(strict(combined)).toBeGreaterThanOrEqual(Math.max(...decisions.map(strict)));
        const redacts = decisions.some(
          ({ outcome, obligations }) =>
            outcome === 'allow_with_redaction' || obligations.includes(REDACT),
        );
        const kept = (combined.obligations ?? []).some(({ kind }) => kind === 'redact');
        expect(kept).toBe(redacts);
        if (redacts) expect(combined.outcome).not.toBe('allow');
      }),
    );
  });

  test('redacts the whole result where it says only that it redacts, and nothing for a notice', () => {
    const notice = { kind: 'notice', text: 'n' } as const;
    const whole = { kind: 'redact', target: 'result', path: '' };
    const combined = (
      outcome: GovernanceDecision['outcome'],
      obligations: GovernanceDecision['obligations'] = [],
    ) => combineDecisions([{ outcome, reason: 'r', obligations }]);
    expect(combined('allow', [notice])).toEqual({
      ...{ outcome: 'allow', reason: 'No policy violations detected', obligations: [notice] },
    });
    expect(combined('allow_with_redaction')).toMatchObject({ obligations: [whole] });
    expect(combined('allow_with_redaction', [notice]).obligations).toEqual([notice, whole]);
    expect(combined('allow_with_redaction', [REDACT]).obligations).toEqual([REDACT]);
    expect(combined('allow_with_redaction', [notice, REDACT]).obligations).toEqual([
      notice,
      REDACT,
    ]);
    expect(combined('allow', [REDACT])).toMatchObject({ outcome: 'allow_with_redaction' });
  });

  test('is a control of a governor', async () => {
    const log = await openLog();
    const decisions = createDecisionFunction({
      etc: ({ target }) => ({
        outcome: target === '/etc' ? 'deny' : 'allow_with_redaction',
        reason: 'not in /etc',
      }),
    });
    const governor = createGovernor({
      log,
      preflight: [{ name: 'etc', control: decisionControl(decisions) }],
    });
    const write = govern(async (path: string) => path, {
      governor,
      name: 'write',
      resource: (path) => path,
    });
    expect(await write('/etc', CONTEXT)).toMatchObject({
      status: 'blocked',
      reason: 'Policy violation: not in /etc',
    });
    expect(await write('/tmp', CONTEXT)).toMatchObject({ value: '[redacted]' });
  });
});

describe('the governance trace', () => {
  const context = { ...CONTEXT, source: 'test@1.0.0' } as const;

  test('finds decisions by their outcome again, with their surroundings, after a restart', async () => {
    const { store } = createFaultyStore();
    const trace = createGovernanceTrace({ log: await openLog(store), context });
    for (const outcome of ENFORCEMENT_OUTCOMES) {
      await trace.recordDecision({ outcome, reason: `said ${outcome}` }, ACTION, SURROUNDINGS);
    }
    await trace.recordDecision({ outcome: 'deny', reason: 'again' }, {}, {});
    const again = createGovernanceTrace({ log: await openLog(store), context });
    expect(await again.queryByOutcome('deny')).toEqual([
      {
        timestamp: expect.stringMatching(/^\d{4}-.*Z$/),
        decision: { outcome: 'deny', reason: 'said deny' },
        agent_action: ACTION,
        context: { user_id: 'alice', environment: 'production', scope: 'customer_data' },
      },
      {
        timestamp: expect.anything(),
        decision: { outcome: 'deny', reason: 'again' },
        agent_action: { type: null, target: null, parameters: null },
        context: { user_id: null, environment: null, scope: null },
      },
    ]);
    for (const outcome of ENFORCEMENT_OUTCOMES.slice(0, 3)) {
      expect(await again.queryByOutcome(outcome)).toHaveLength(1);
    }
  });

  test('keeps parameters out of the record, and says so where they were erased', async () => {
    const log = await openLog();
    const trace = createGovernanceTrace({
      log: { ...log, disclosures: async () => [] },
      context,
    });
    await trace.recordDecision({ outcome: 'deny', reason: 'no' }, ACTION, SURROUNDINGS);
    expect(JSON.stringify(await bodiesOf(log, 'policy.decision'))).not.toContain('/etc');
    expect(await trace.queryByOutcome('deny')).toMatchObject([
      { decision: { outcome: 'deny', reason: 'no' }, erased: true },
    ]);
  });

  test('rejects when it cannot record', async () => {
    const { store, plan } = createFaultyStore();
    const trace = createGovernanceTrace({ log: await openLog(store), context });
    plan(() => 'fail');
    const recording = trace.recordDecision({ outcome: 'allow', reason: 'x' }, ACTION, {});
    await expect(recording).rejects.toMatchObject({ code: 'EVENTS_APPEND_FAILED' });
  });
});
