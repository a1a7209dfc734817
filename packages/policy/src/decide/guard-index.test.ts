import { compileCondition } from '@spanforge/condition';
import type { PolicyRequest } from '@spanforge/core-events';
import { describe, expect, it } from 'vitest';
import { parseBundle } from '../bundle/parse.js';
import { compileRule } from './compiled-rule.js';
import { createGuardIndex } from './guard-index.js';

const compile = (whens: readonly (string | undefined)[]) =>
  parseBundle({
    policy_id: 'p',
    version: '1',
    environment: 'prod',
    owner: 'o',
    effective_at: '2026-01-01T00:00:00Z',
    rules: whens.map((when, index) => ({
      rule_id: `r${index}`,
      service: 'sf_govern',
      control: 'tool_call',
      action: 'block',
      ...(when === undefined ? {} : { when }),
    })),
  }).rules.map(compileRule);

const selected = (whens: readonly (string | undefined)[], request: object): readonly string[] =>
  createGuardIndex(compile(whens))(request as PolicyRequest).map(({ rule }) => rule.ruleId);

const customers = Array.from({ length: 12 }, (_, i) => `args.customer == "c${i}" && args.n > 5`);
const limits = Array.from({ length: 12 }, (_, i) => `args.n > ${i} && args.currency == "EUR"`);

describe('rules that compare one place', () => {
  it('are found by what stands there', () => {
    expect(selected(customers, { args: { customer: 'c7', n: 9 } })).toEqual(['r7']);
    expect(selected(customers, { args: { customer: 'zz' } })).toEqual([]);
    expect(selected(customers, { args: { customer: null } })).toEqual([]);
    expect(selected(limits, { args: { n: 1.5 } })).toEqual(['r0', 'r1']);
    expect(selected(limits, { args: { n: -1 } })).toEqual([]);
    const inclusive = Array.from({ length: 12 }, (_, i) => `args.n >= ${i}`);
    expect(selected(inclusive, { args: { n: 1 } })).toEqual(['r0', 'r1']);
    const below = Array.from({ length: 12 }, (_, i) => `${i} >= args.n`);
    expect(selected(below, { args: { n: 11 } })).toEqual(['r11']);
  });

  it('are all asked where it cannot be compared', () => {
    for (const args of [undefined, null, {}, { customer: 5 }, { customer: ['c7'] }, []]) {
      expect(selected(customers, { args })).toHaveLength(12);
    }
    for (const n of [undefined, null, '1', Number.NaN, {}]) {
      expect(selected(limits, { args: { n } })).toHaveLength(12);
    }
    const trap = Object.defineProperty({}, 'args', {
      get: () => {
        throw new Error('no');
      },
    });
    expect(selected(customers, trap)).toHaveLength(12);
  });

  it('keep their order, with those that compare nothing', () => {
    const mixed = [undefined, ...customers, 'args.x || args.y', ...limits];
    expect(selected(mixed, { args: { customer: 'c3', n: 0.5 } })).toEqual([
      'r0',
      'r4',
      'r13',
      'r14',
    ]);
  });

  it('are told by nothing that time or another type decides', () => {
    const hours = Array.from({ length: 12 }, (_, i) => `time.hour == ${i}`);
    expect(selected(hours, { time: { hour: 1 } })).toHaveLength(12);
    const unequal = Array.from({ length: 12 }, (_, i) => `args.n != ${i}`);
    expect(selected(unequal, { args: { n: 1 } })).toHaveLength(12);
    expect(compileCondition('args.n != 1').evaluate({ request: { args: { n: 1 } } }).value).toBe(
      false,
    );
  });
});
