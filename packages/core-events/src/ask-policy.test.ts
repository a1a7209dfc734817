import { describe, expect, it } from 'vitest';
import { askPolicy } from './ask-policy.js';
import type { DecisionScope, PolicyRequest, PolicyVerdict } from './policy-port.js';
import type { RecordDraft } from './ports.js';
import { aContext, aDraft } from './testing/fixtures.js';

const REQUEST: PolicyRequest = { service: 'sf_scope', control: 'capability_enforcement', time: 5 };
const VERDICT: PolicyVerdict = {
  outcome: 'redact',
  obligations: [{ kind: 'redact', target: 'args', path: 'card' }],
  reason: 'a rule said so',
  reasonCode: 'rule',
  matched: true,
  rules: [],
  policy: { id: 'p', version: '1.0', digest: 'd'.repeat(64) },
};
const drafts: RecordDraft[] = [];
const SCOPE: DecisionScope = {
  context: aContext(),
  recorder: {
    append: async (appended) => {
      drafts.push(...appended);
      return { ids: appended.map(() => 'r1'), duplicate: false, receipts: Promise.resolve([]) };
    },
  },
};
const options = { timeoutMs: 1000, scope: SCOPE };
const saying = (verdict: unknown) => ({ decide: async () => verdict as PolicyVerdict });

describe('askPolicy', () => {
  it('asks once, with the scope of the call, and says which bundle answered what', async () => {
    const asked: unknown[][] = [];
    const decide = async (...args: unknown[]) => {
      asked.push(args);
      return { ...VERDICT, decisionId: 'd1' };
    };
    expect(await askPolicy({ decide }, REQUEST, options)).toEqual({
      verdict: { ...VERDICT, decisionId: 'd1' },
      answer: { id: 'p', version: '1.0', digest: 'd'.repeat(64), action: 'redact' },
      decisionId: 'd1',
    });
    expect(asked).toEqual([[REQUEST, SCOPE]]);
  });

  it.each([undefined, 'shadow', 'simulate'] as const)('records in the mode %s', async (mode) => {
    drafts.length = 0;
    const decide = async (_request: PolicyRequest, scope?: DecisionScope) => {
      await scope?.recorder.append([aDraft()]);
      return VERDICT;
    };
    await askPolicy({ decide }, REQUEST, { ...options, mode });
    expect(drafts.map((draft) => draft.mode)).toEqual([mode]);
  });

  it('hears a verdict without a bundle', async () => {
    const { policy: _, ...verdict } = VERDICT;
    expect(await askPolicy(saying(verdict), REQUEST, options)).toEqual({ verdict });
  });

  it.each([
    ['is not there', undefined],
    ['rejects', { decide: () => Promise.reject(new Error('no')) }],
    [
      'throws',
      {
        decide: () => {
          throw new Error('no');
        },
      },
    ],
    ['hangs', { decide: () => new Promise<never>(() => undefined) }],
    ['says nothing', saying(undefined)],
    ['says an outcome nobody knows', saying({ ...VERDICT, outcome: 'permit' })],
    ['has odd obligations', saying({ ...VERDICT, obligations: [{ kind: 'dance' }] })],
    ['has no obligations', saying({ ...VERDICT, obligations: undefined })],
    ['gives no reason', saying({ ...VERDICT, reason: undefined })],
    ['gives an empty code', saying({ ...VERDICT, reasonCode: '' })],
    ['names half a bundle', saying({ ...VERDICT, policy: { id: 'p' } })],
    ['has an odd decision id', saying({ ...VERDICT, decisionId: 7 })],
  ])('hears nothing from one that %s', async (_name, decider) => {
    expect(await askPolicy(decider, REQUEST, { ...options, timeoutMs: 20 })).toBeUndefined();
  });
});
