import type { PolicyRequest } from '@spanforge/core-events';
import { compileBundle, type PolicyBundle, parseBundle } from '@spanforge/policy';
import { describe, expect, it } from 'vitest';
import { explainDecision } from '../index.js';
import { compareBundles } from './compare.js';

const typed = (type: unknown) => ({
  pay: { effect: 'write', schema: { type: 'object', properties: { to: type, n: NUMBER } } },
});
const NUMBER = { type: 'number' };
const LIST = { type: 'array', items: { type: 'string' } };
const TEXT = { type: 'string' };

function build(rules: readonly object[], tools: object, head: object = {}): PolicyBundle {
  const base = { service: 'sf_govern', control: 'tool_call', action: 'block' };
  return parseBundle({
    ...{ policy_id: 'p', version: '1', environment: 'prod', owner: 'o' },
    ...{ effective_at: '2026-01-01T00:00:00Z', tools, ...head },
    rules: rules.map((rule, at) => ({ rule_id: `r${at}`, ...base, ...rule })),
  });
}

const REQUEST = { service: 'sf_govern', control: 'tool_call', tool: 'pay', time: 0 } as const;

describe('bundles whose tools declare types', () => {
  it.each([
    ['size(args.to) > 3', 'abc'],
    ['args.to != null', null],
    ['args.to == "x"', null],
    ['args != null && has(args.zz)', 5],
  ])('are never called never looser where they declare others: %s', (when, to) => {
    for (const [one, other] of [
      [LIST, {}],
      [TEXT, {}],
      [LIST, TEXT],
      [TEXT, { type: ['string', 'null'] }],
    ]) {
      let baseline: PolicyBundle;
      let candidate: PolicyBundle;
      try {
        baseline = build([{ when }], typed(one));
        candidate = build([{ when }], typed(other));
      } catch {
        // Not a condition of this type.
        continue;
      }
      const { verdict } = compareBundles(baseline, candidate);
      const request: PolicyRequest = { ...REQUEST, args: { to } };
      const said = [baseline, candidate].map((each) => compileBundle(each).decide(request).outcome);
      if (said[0] === 'block' && said[1] === 'allow') expect(verdict).not.toBe('never_looser');
    }
  });

  it('see the request that a looser type lets through', () => {
    const [baseline, candidate] = [LIST, {}].map((type) =>
      build([{ when: 'args.to == null' }], typed(type)),
    );
    if (baseline === undefined || candidate === undefined) throw new Error('unreachable');
    const request: PolicyRequest = { ...REQUEST, args: { to: 'abc' } };
    expect(compileBundle(baseline).decide(request).outcome).toBe('block');
    expect(compileBundle(candidate).decide(request).outcome).toBe('allow');
    expect(compareBundles(baseline, candidate).verdict).not.toBe('never_looser');
  });

  it('are compared as before where they declare the same', () => {
    const tools = typed(TEXT);
    const wide = build([{ when: 'args.n > 1 || args.to == "x"' }], tools);
    const narrow = build([{ when: 'args.n > 5' }], tools);
    expect(compareBundles(narrow, wide).verdict).toBe('never_looser');
    expect(compareBundles(wide, narrow)).toMatchObject({ verdict: 'looser' });
  });

  it('know that a value of another type lets on_error decide', () => {
    const tools = typed(LIST);
    const [strict, loose] = ['block', 'allow'].map((onError) =>
      build([{ when: 'args.to == null', action: 'allow+log', on_error: onError }], tools, {
        default: 'allow',
      }),
    );
    if (strict === undefined || loose === undefined) throw new Error('unreachable');
    expect(compareBundles(loose, strict).verdict).toBe('never_looser');
    expect(compareBundles(strict, loose).verdict).not.toBe('never_looser');
  });
});

it('an explanation says that a value of another type decides nothing', () => {
  const bundle = build([{ when: 'size(args.to) > 3' }], typed(LIST));
  const explained = explainDecision(bundle, { ...REQUEST, args: { to: 'abc' } });
  expect(explained.verdict).toMatchObject({ outcome: 'block', reasonCode: 'rule_indeterminate' });
  expect(explained.rules).toMatchObject([
    { state: 'indeterminate', parts: [{ holds: 'unknown' }] },
  ]);
});

describe('bundles whose facts are of declared types', () => {
  const read = (owner: unknown) => ({
    get: { effect: 'read', result: { type: 'object', properties: { owner } } },
  });
  const facts = { facts: { order: { from: 'get' } } };
  const when = 'size(facts.order.owner) > 3';

  it('are never called never looser where another type lets something through', () => {
    const [list, any] = [LIST, {}].map((type) => build([{ when }], read(type), facts));
    if (list === undefined || any === undefined) throw new Error('unreachable');
    const request: PolicyRequest = { ...REQUEST, facts: { order: { owner: 'abc' } } };
    expect(compileBundle(list).decide(request).outcome).toBe('block');
    expect(compileBundle(any).decide(request).outcome).toBe('allow');
    expect(compareBundles(list, any).verdict).not.toBe('never_looser');
  });

  it('are compared as before where they declare the same', () => {
    const bundle = (rule: object) => build([rule], read(TEXT), facts);
    const narrow = bundle({ when: 'facts.order.owner == "a"' });
    const wide = bundle({ when: 'facts.order.owner == "a" || facts.order.owner == "b"' });
    expect(compareBundles(narrow, wide).verdict).toBe('never_looser');
    expect(compareBundles(wide, narrow).verdict).toBe('looser');
    const more = build(
      [{ when: 'facts.order.owner == "a"' }],
      { ...read(TEXT), x: { effect: 'read' } },
      facts,
    );
    expect(compareBundles(narrow, more).verdict).toBe('never_looser');
  });

  it('know that a fact of another type lets on_error decide', () => {
    const [strict, loose] = ['block', 'allow'].map((onError) =>
      build(
        [{ when: 'facts.order.owner == null', action: 'allow+log', on_error: onError }],
        read(TEXT),
        { default: 'allow', ...facts },
      ),
    );
    if (strict === undefined || loose === undefined) throw new Error('unreachable');
    expect(compareBundles(loose, strict).verdict).toBe('never_looser');
    expect(compareBundles(strict, loose).verdict).not.toBe('never_looser');
  });
});
