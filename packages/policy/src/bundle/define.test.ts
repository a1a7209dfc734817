import { expect, it } from 'vitest';
import { defineBundle } from './define.js';
import { parseBundle } from './parse.js';

const head = {
  policy_id: 'p',
  version: '1',
  environment: 'prod',
  owner: 'o',
  effective_at: '2026-01-01T00:00:00Z',
} as const;
const rule = { service: 'sf_govern', control: 'tool_call', action: 'block' } as const;

it('types what is written, and answers it', () => {
  const source = defineBundle({
    ...head,
    tools: { pay: { effect: 'write' }, look: { effect: 'read' } },
    facts: {
      seen: { from: 'look', for: { id: 'args.id' } },
      paid: { sum: 'args.amount', tools: ['pay'], per: ['actor'], window: '24h' },
    },
    rules: [{ ...rule, rule_id: 'r', target: { tools: ['pay', 'lo*'] }, when: 'facts.paid > 5' }],
  });
  expect(parseBundle(source).rules[0]?.ruleId).toBe('r');
});

it('lets any tool stand where none is declared', () => {
  const source = defineBundle({
    ...head,
    rules: [{ ...rule, rule_id: 'r', target: { tools: ['x'] } }],
  });
  expect(parseBundle(source).rules[0]?.target).toEqual({ tools: ['x'] });
});

it('refuses by type', () => {
  const tools = { pay: { effect: 'write' } } as const;
  // @ts-expect-error no such tool is declared
  defineBundle({ ...head, tools, rules: [{ ...rule, rule_id: 'r', target: { tools: ['pya'] } }] });
  // @ts-expect-error no such tool is declared
  defineBundle({ ...head, tools, facts: { a: { from: 'pya' } }, rules: [] });
  // @ts-expect-error no such action
  defineBundle({ ...head, rules: [{ ...rule, rule_id: 'r', action: 'deny' }] });
  // @ts-expect-error no such key
  defineBundle({ ...head, rules: [{ ...rule, rule_id: 'r', priority: 1 }] });
  // @ts-expect-error no such unit
  defineBundle({ ...head, facts: { a: { count: 'calls', window: '1y' } }, rules: [] });
  expect(() => parseBundle({ ...head, rules: [] })).toThrow();
});
