import { parseBundle } from '@spanforge/policy';
import { describe, expect, it } from 'vitest';
import { compareBundles, lintBundle } from '../index.js';

const call = { service: 'sf_govern', control: 'tool_call' };
const result = { service: 'sf_govern', control: 'tool_result' };
const bundle = (rules: readonly object[], head: object = {}) =>
  parseBundle({
    policy_id: 'p',
    version: '1',
    environment: 'prod',
    owner: 'o',
    effective_at: '2026-01-01T00:00:00Z',
    rules: rules.map((rule, at) => ({ rule_id: `r${at}`, ...call, ...rule })),
    ...head,
  });

describe('compareBundles does not say never_looser', () => {
  it('where a result is declared otherwise', () => {
    const rules = [
      { ...result, when: 'facts.result.total > 5', action: 'block', on_error: 'allow' },
    ];
    const read = { type: 'object', properties: { total: { type: 'number' } } };
    const tools = (schema: object) => ({ tools: { get: { effect: 'read', result: schema } } });
    const before = bundle(rules, tools(read));
    const after = bundle(rules, tools({}));
    expect(compareBundles(before, after).verdict).not.toBe('never_looser');
    expect(compareBundles(before, before).verdict).toBe('never_looser');
  });

  it('where a rule becomes fail_open', () => {
    const rule = { action: 'human_review' };
    const open = bundle([{ ...rule, on_unavailable: 'fail_open' }]);
    const secure = bundle([rule]);
    expect(compareBundles(secure, open).verdict).not.toBe('never_looser');
    expect(compareBundles(open, secure).verdict).toBe('never_looser');
    expect(compareBundles(open, open).verdict).toBe('never_looser');
  });

  it('where counters start anew under another policy_id', () => {
    const facts = { paid: { count: 'calls', window: '1d' } };
    const rules = [{ when: 'facts.paid > 5', action: 'block', on_error: 'allow' }];
    const before = bundle(rules, { facts });
    const after = bundle(rules, { facts, policy_id: 'q' });
    expect(compareBundles(before, after).verdict).not.toBe('never_looser');
    expect(compareBundles(before, bundle(rules, { facts, version: '2' })).verdict).toBe(
      'never_looser',
    );
  });

  it('where a tool that is counted counts otherwise when its call id is repeated', () => {
    const facts = { seen: { count: 'calls', tools: ['look'], window: '1d' } };
    const rules = [{ when: 'facts.seen > 5', action: 'block', on_error: 'allow' }];
    const of = (effect: string, other: string) =>
      bundle(rules, { facts, tools: { look: { effect }, other: { effect: other } } });
    expect(compareBundles(of('read', 'read'), of('write', 'read')).verdict).toBe('unknown');
    expect(compareBundles(of('read', 'read'), of('read', 'write')).verdict).toBe('never_looser');
  });

  it('where a default or an on_error no longer masks', () => {
    const rule = { action: 'allow', when: 'args.n > 1' };
    const masking = bundle([{ ...rule, on_error: 'redact' }]);
    expect(compareBundles(masking, bundle([{ ...rule, on_error: 'block' }])).verdict).toBe(
      'never_looser',
    );
    expect(compareBundles(masking, bundle([{ ...rule, on_error: 'human_review' }])).verdict).toBe(
      'looser',
    );
    const [redacts, reviews] = ['redact', 'human_review'].map((outcome) =>
      bundle([{ action: 'block', target: { tools: ['x'] } }], { default: outcome }),
    );
    if (redacts === undefined || reviews === undefined) throw new Error('two bundles');
    expect(compareBundles(redacts, reviews).verdict).toBe('looser');
  });

  it('where a condition stands for a threshold that values outside the range cannot meet', () => {
    const rag = { service: 'sf_rag', control: 'grounding_threshold', action: 'block' };
    const before = bundle([{ ...rag, threshold: 0.5 }]);
    const after = bundle([{ ...rag, when: 'observed < 0.5' }]);
    expect(compareBundles(before, after).verdict).toBe('looser');
  });
});

it('lintBundle calls no rule idle whose removal alone changes a verdict', () => {
  const head = { default: 'block' };
  const tools = { target: { tools: ['pay'] } };
  const given = bundle(
    [
      { ...tools, action: 'block' },
      { ...tools, action: 'allow' },
    ],
    head,
  );
  const idle = lintBundle(given)
    .filter(({ code }) => ['shadowed', 'conflicting', 'allow_without_effect'].includes(code))
    .map(({ ruleIds }) => ruleIds[0]);
  expect(idle).toEqual(['r1']);
});
