import { beforeEach, describe, expect, it } from 'vitest';
import { parseBundle } from '../bundle/parse.js';
import { compileRule } from './compiled-rule.js';
import { createRuleIndex } from './rule-index.js';

type Placed = readonly [ruleId: string, tools?: readonly string[] | undefined, place?: object];

/** An index over rules, and how often it prepared a list. */
function indexOf(placed: readonly Placed[]) {
  const { rules } = parseBundle({
    policy_id: 'p',
    version: '1',
    environment: 'prod',
    owner: 'o',
    effective_at: '2026-01-01T00:00:00Z',
    rules: placed.map(([ruleId, tools, place]) => ({
      ...{ rule_id: ruleId, service: 'sf_govern', control: 'tool_call', action: 'block' },
      ...(tools === undefined ? {} : { target: { tools } }),
      ...place,
    })),
  });
  const compiled = rules.map(compileRule);
  let prepared = 0;
  const index = createRuleIndex(compiled, (asked) => {
    prepared += 1;
    return asked;
  });
  const asked = (tool?: unknown, place: object = {}) =>
    index.find({ service: 'sf_govern', control: 'tool_call', tool, ...place } as never);
  const found = (...args: Parameters<typeof asked>) =>
    asked(...args).map(({ rule }) => rule.ruleId);
  return { compiled, asked, found, prepared: () => prepared };
}

describe('rules of a service and a control', () => {
  const [service, control] = ['sf_lineage', 'lineage_capture'];
  let found: ReturnType<typeof indexOf>['found'];

  beforeEach(() => {
    ({ found } = indexOf([
      ['one', undefined, { control: 'tool_result' }],
      ['two', undefined, { service, control }],
      ['three', undefined, { control: 'tool_result' }],
      ['four'],
    ]));
  });

  it('are found by both, in their order', () => {
    expect(found(undefined, { control: 'tool_result' })).toEqual(['one', 'three']);
    expect(found(undefined, { service, control })).toEqual(['two']);
    expect(found()).toEqual(['four']);
  });

  it('are none where either is another', () => {
    expect(found(undefined, { service })).toEqual([]);
    expect(found('t', { control })).toEqual([]);
    expect(found('t', { service: 'sf_other' })).toEqual([]);
  });
});

describe('rules for tools', () => {
  let index: ReturnType<typeof indexOf>;

  beforeEach(() => {
    index = indexOf([
      ['long', ['pay.refund.*']],
      ['name', ['pay.refund', 'send']],
      ['every'],
      ['short', ['pay.*']],
      ['both', ['pay.refund.card', 'pay.*', 'pay.refund.*']],
      ['star', ['*']],
    ]);
  });

  it('are found by name and by every prefix, in their order and once', () => {
    const { found } = index;
    expect(found('send')).toEqual(['name', 'every', 'star']);
    expect(found('pay.refund')).toEqual(['name', 'every', 'short', 'both', 'star']);
    expect(found('pay.refund.card')).toEqual(['long', 'every', 'short', 'both', 'star']);
    expect(found('pay.refund.cash')).toEqual(['long', 'every', 'short', 'both', 'star']);
    expect(found('pay.other')).toEqual(['every', 'short', 'both', 'star']);
    expect(found('pay.')).toEqual(['every', 'short', 'both', 'star']);
    expect(found('pay')).toEqual(['every', 'star']);
    expect(found('sending')).toEqual(['every', 'star']);
    expect(found('')).toEqual(['every', 'star']);
  });

  it('are not asked about the tool again where the index knows it', () => {
    const { compiled, asked } = index;
    for (const tool of ['send', 'pay.refund.x', 'x', undefined]) {
      for (const one of asked(tool)) {
        expect(one).toBe(compiled[one.position]?.ofTool);
      }
    }
  });

  it('are all asked, about the tool too, where it is no text', () => {
    const { compiled, asked } = index;
    for (const tool of [5, null, ['send'], { name: 'send' }]) expect(asked(tool)).toEqual(compiled);
  });

  it('do not apply to a call without a tool', () => {
    // The pattern of all names stands for every call, as no pattern does.
    expect(index.found(undefined)).toEqual(['every', 'star']);
  });

  it('are found by the longest prefix, whichever was written first', () => {
    const { found: byPrefix } = indexOf([
      ['short', ['pay.*']],
      ['long', ['pay.refund.*']],
      ['middle', ['pay.ref*']],
    ]);
    expect(byPrefix('pay.refund.card')).toEqual(['short', 'long', 'middle']);
    expect(byPrefix('pay.refused')).toEqual(['short', 'middle']);
    expect(byPrefix('pay.')).toEqual(['short']);
  });

  it('are found by the prefixes of one length where there is no other', () => {
    const { found: byPrefix } = indexOf([
      ['a', ['a*']],
      ['b', ['b*']],
    ]);
    expect(byPrefix('ab')).toEqual(['a']);
    expect(byPrefix('ba')).toEqual(['b']);
    expect(byPrefix('c')).toEqual([]);
  });
});

describe('a list of rules', () => {
  it('is prepared once, beforehand', () => {
    const { asked, prepared } = indexOf([['name', ['send']], ['every'], ['prefix', ['pay.*']]]);
    const before = prepared();
    // No rules; and those of a name, of a prefix and of every tool.
    expect(before).toBe(4);
    expect(asked('send')).toBe(asked('send'));
    expect(asked('pay.a')).toBe(asked('pay.b'));
    expect(asked('x')).toBe(asked(undefined));
    expect(asked('x', { service: 'y' })).toBe(asked('x', { control: 'y' }));
    expect(prepared()).toBe(before);
    expect(asked(5)).toBe(asked(null));
    expect(prepared()).toBe(before + 1);
  });
});
