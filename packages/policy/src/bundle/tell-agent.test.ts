import { expect, it } from 'vitest';
import { PolicyError } from '../error.js';
import { parseBundle } from './parse.js';

const bundleOf = (tellAgent: unknown) => ({
  policy_id: 'p',
  version: '1',
  environment: 'prod',
  owner: 'o',
  effective_at: '2026-01-01T00:00:00Z',
  rules: [
    {
      rule_id: 'limit',
      service: 'sf_govern',
      control: 'tool_call',
      action: 'block',
      metadata: { ticket: 'P-1', tell_agent: tellAgent },
    },
  ],
});

it('a rule says what agents may be told', () => {
  const told = {
    bounds: [{ path: 'amount', max: 1000 }],
    missing: [{ kind: 'read', what: 'look' }],
  };
  expect(parseBundle(bundleOf(told)).rules[0]?.tellAgent).toEqual(told);
});

it.each([
  [{ bounds: [{ path: 'to', one_of: ['acme', 'bank'] }] }],
  [{ bounds: [{ path: 'to', max: 'zurich' }] }],
  [{ bounds: [{ path: 'amount' }] }],
  [{ missing: [{ kind: 'secret', what: 'x' }] }],
  [{ members: ['acme'] }],
  ['amount <= 1000'],
])('nothing but numbers and steps can be told: %j is refused at load', (told) => {
  expect(() => parseBundle(bundleOf(told))).toThrow(PolicyError);
});
