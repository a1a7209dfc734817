import { describe, expect, it } from 'vitest';
import { askPolicy } from './ask-policy.js';
import type { PolicyRequest, PolicyVerdict } from './ports.js';

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
const saying = (verdict: unknown) => ({ decide: async () => verdict as PolicyVerdict });

describe('askPolicy', () => {
  it('asks once, without a scope, and says which bundle answered what', async () => {
    const asked: unknown[][] = [];
    const decide = async (...args: unknown[]) => {
      asked.push(args);
      return VERDICT;
    };
    expect(await askPolicy({ decide }, REQUEST, 1000)).toEqual({
      verdict: VERDICT,
      answer: { id: 'p', version: '1.0', digest: 'd'.repeat(64), action: 'redact' },
    });
    expect(asked).toEqual([[REQUEST]]);
  });

  it('hears a verdict without a bundle', async () => {
    const { policy: _, ...verdict } = VERDICT;
    expect(await askPolicy(saying(verdict), REQUEST, 1000)).toEqual({ verdict });
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
  ])('hears nothing from one that %s', async (_name, decider) => {
    expect(await askPolicy(decider, REQUEST, 20)).toBeUndefined();
  });
});
