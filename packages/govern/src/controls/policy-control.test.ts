import type { PolicyDecider, PolicyRequest } from '@spanforge/core-events';
import { describe, expect, test } from 'vitest';
import type { GovernedCall } from '../model/call.js';
import type { GovernorParts } from '../model/options.js';
import { CONTEXT, decision } from '../testing/fixtures.js';
import type { NamedSlot } from './ask-control.js';
import { controlsAfter, controlsBefore, neededControls } from './installed-controls.js';
import { askPolicyAfter, askPolicyBefore, hasSayAfter } from './policy-control.js';

const EVIDENCE = { ...CONTEXT, source: 'test@1.0.0' };

const CALL = {
  ...{ callId: 'call-1', tool: 'pay', resource: 'accounts', action: 'write', effect: 'write' },
  ...{ mode: 'enforce', args: { amount: 5 }, context: EVIDENCE, labels: ['internal'], time: 7 },
} as unknown as GovernedCall;

/** What every request about the call says. */
const ASKED = {
  ...{ service: 'sf_govern', tool: 'pay', resource: 'accounts', action: 'write' },
  ...{ args: { amount: 5 }, actor: { id: 'alice' }, agent: { id: 'bot' }, env: 'test' },
  ...{ labels: ['internal'], time: 7, callId: 'call-1' },
};

const NOTHING = { args: undefined, result: undefined };

const recorder = { append: async () => ({}) } as never;

/** A policy that keeps what it is asked. */
function keeping(more: Partial<PolicyDecider> = {}) {
  const asked: [PolicyRequest, unknown][] = [];
  const answer = { ...decision('allow'), matched: true, rules: [] };
  const policy: PolicyDecider = {
    async decide(request, scope) {
      asked.push([request, scope]);
      return answer;
    },
    ...more,
  };
  return { policy, asked, answer };
}

describe('the policy', () => {
  const scope = { recorder, context: EVIDENCE };

  test('is asked about a call: who, what, where and when, and nothing that is not known', async () => {
    const { policy, asked, answer } = keeping();
    const ask = askPolicyBefore(policy);
    expect(await ask({ call: CALL, result: undefined, disclosed: NOTHING }, recorder)).toBe(answer);
    expect(asked).toStrictEqual([[{ ...ASKED, control: 'tool_call' }, scope]]);
  });

  test('is told what else is known of the call', async () => {
    const { policy, asked } = keeping();
    const known = {
      ...{ actorRoles: ['clerk'], agentCapabilities: ['pay'], invocationId: 'i-1' },
      ...{ calls: [{ tool: 'look' }], observed: 0.5, policyContext: { ticket: 'T1' } },
    };
    const call = { ...CALL, ...known } as unknown as GovernedCall;
    const args = { digest: 'of args' } as never;
    await askPolicyBefore(policy)(
      { call, result: undefined, disclosed: { ...NOTHING, args } },
      recorder,
    );
    expect(asked[0]?.[0]).toStrictEqual({
      ...{ ...ASKED, control: 'tool_call' },
      actor: { id: 'alice', roles: ['clerk'] },
      agent: { id: 'bot', capabilities: ['pay'] },
      ...{ invocationId: 'i-1', calls: [{ tool: 'look' }], observed: 0.5 },
      ...{ context: { ticket: 'T1' }, disclosed: { args: { digest: 'of args' } } },
    });
  });

  test('is asked about a result with the result as a fact, and with both values once both are kept', async () => {
    const { policy, asked, answer } = keeping();
    const ask = askPolicyAfter(policy);
    const args = { digest: 'of args' } as never;
    const result = { digest: 'of result' } as never;
    const judged = { call: CALL, result: { paid: 5 } };
    expect(await ask({ ...judged, disclosed: { args, result } }, recorder)).toBe(answer);
    await ask({ ...judged, disclosed: { ...NOTHING, args } }, recorder);
    await ask({ ...judged, disclosed: { ...NOTHING, result } }, recorder);
    const about = { ...ASKED, control: 'tool_result', facts: { result: { paid: 5 } } };
    expect(asked).toStrictEqual([
      [{ ...about, disclosed: { args, result } }, scope],
      [about, scope],
      [about, scope],
    ]);
  });

  test('has a say about results unless it says that it has none', () => {
    const asked: unknown[] = [];
    const say = (answer: boolean) =>
      keeping({
        hasSay: (question) => {
          asked.push(question);
          return answer;
        },
      }).policy;
    expect(hasSayAfter(say(false), CALL)).toBe(false);
    expect(hasSayAfter(say(true), CALL)).toBe(true);
    expect(hasSayAfter(keeping().policy, CALL)).toBe(true);
    const question = { service: 'sf_govern', control: 'tool_result', context: EVIDENCE };
    expect(asked).toEqual([question, question]);
  });
});

describe('the controls of a governor', () => {
  const kinds = (slots: readonly NamedSlot[]) => slots.map(({ name, kind }) => [name, kind]);
  const of = (parts: object) => parts as GovernorParts;
  const control = async () => decision('allow');

  test('before a call are who, what and the policy, then its own; missing ones are named', () => {
    expect(kinds(controlsBefore(of({})))).toEqual([
      ['authorize', 'missing'],
      ['scope', 'missing'],
      ['policy', 'missing'],
    ]);
    const { policy } = keeping();
    const preflight = [
      { name: 'first', control },
      { name: 'second', control },
    ];
    expect(
      kinds(controlsBefore(of({ authorize: control, scope: control, policy, preflight }))),
    ).toEqual([
      ['authorize', 'installed'],
      ['scope', 'installed'],
      ['policy', 'installed'],
      ['first', 'installed'],
      ['second', 'installed'],
    ]);
  });

  test('after a call are the policy, where there is one, and its own', () => {
    expect(kinds(controlsAfter(of({})))).toEqual([]);
    const postflight = [{ name: 'late', control }];
    expect(kinds(controlsAfter(of({ postflight })))).toEqual([['late', 'installed']]);
    const { policy } = keeping();
    expect(kinds(controlsAfter(of({ policy, postflight })))).toEqual([
      ['policy', 'installed'],
      ['late', 'installed'],
    ]);
  });

  test('are each asked with the call, the result and the recorder', async () => {
    const given: unknown[][] = [];
    const keep = async (...asked: unknown[]) => {
      given.push(asked);
      return decision('redact');
    };
    const { policy, asked } = keeping();
    const before = controlsBefore(
      of({ authorize: keep, scope: keep, policy, preflight: [{ name: 'own', control: keep }] }),
    );
    const after = controlsAfter(of({ policy, postflight: [{ name: 'late', control: keep }] }));
    const about = { call: CALL, result: { paid: 5 }, disclosed: NOTHING };
    for (const slot of [...before, ...after]) {
      if (slot.kind !== 'installed') throw new Error('missing');
      await slot.ask(about, recorder);
    }
    expect(given).toEqual([
      [CALL, recorder],
      [CALL, recorder],
      [CALL, recorder],
      [CALL, { paid: 5 }, recorder],
    ]);
    expect(asked.map(([{ control }]) => control)).toEqual(['tool_call', 'tool_result']);
  });

  test('are needed unless they are missing, or the policy has no say about results', () => {
    const names = (slots: readonly NamedSlot[]) =>
      neededControls(slots, CALL).map((one) => one.name);
    const { policy } = keeping({ hasSay: () => false });
    const postflight = [{ name: 'late', control }];
    expect(names(controlsAfter(of({ policy, postflight })))).toEqual(['late']);
    expect(names(controlsAfter(of({ policy: keeping().policy, postflight })))).toEqual([
      'policy',
      'late',
    ]);
    expect(names(controlsBefore(of({ scope: control })))).toEqual(['scope']);
    const all = { authorize: control, scope: control, policy, preflight: postflight };
    const slots = controlsBefore(of(all));
    expect(names(slots)).toEqual(['authorize', 'scope', 'policy', 'late']);
    expect(neededControls(slots, CALL)).toBe(slots);
  });
});
