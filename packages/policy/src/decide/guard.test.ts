import type { PolicyRequest } from '@spanforge/core-events';
import { expect, it } from 'vitest';
import { parseBundle } from '../bundle/parse.js';
import { compileRule } from './compiled-rule.js';
import { guardsOf } from './guard.js';
import { createGuardIndex } from './guard-index.js';

/** How many of eight rules with such conditions are asked about a request. */
function asked(when: (index: number) => string, request: object): number {
  const { rules } = parseBundle({
    policy_id: 'p',
    version: '1',
    environment: 'prod',
    owner: 'o',
    effective_at: '2026-01-01T00:00:00Z',
    rules: Array.from({ length: 8 }, (_, index) => ({
      ...{ rule_id: `r${index}`, service: 'sf_govern', control: 'tool_call', action: 'block' },
      when: when(index),
    })),
  });
  return createGuardIndex(rules.map(compileRule))(request as PolicyRequest).length;
}

it('a field of the request is looked up where the request has it', () => {
  expect(asked((index) => `request.tool == "t${index}"`, { tool: 't3' })).toBe(1);
});

it('a bare value tells as much as one constant, so the left side of the two counts', () => {
  const when = () => 'args.flag && args.a == "x"';
  expect(asked(when, { args: { flag: false, a: 'x' } })).toBe(0);
  expect(asked(when, { args: { flag: true, a: 'y' } })).toBe(8);
});

it('what is compared with no constant tells nothing, about null neither', () => {
  const request = { args: { n: null, list: [] } };
  for (const when of ['args.n == args.m', 'args.n in [args.m, args.k]', '"a" in ["a", "b"]']) {
    expect(asked(() => when, request)).toBe(8);
  }
});

it('two fields that are compared with each other tell nothing: both may be null', () => {
  for (const when of ['args.n == args.m', 'args.n == args.absent || args.n == args.m']) {
    expect(asked(() => when, { args: { n: null, m: null } })).toBe(8);
  }
});

it('an empty list tells nothing of a value that is not there', () => {
  expect(asked(() => 'args.n in []', { args: {} })).toBe(8);
});

it('a calendar field tells nothing, so the other side of the two counts', () => {
  const request = { time: 0, args: { a: 'other' } };
  for (const time of [
    (index: number) => `time.hour > ${index}`,
    (index: number) => `time.hour == ${index}`,
    (index: number) => `time.hour in [${index}, 9]`,
    (index: number) => `time.hour < ${index}`,
  ]) {
    expect(asked((index) => `${time(index)} && args.a == "x"`, request)).toBe(0);
    expect(asked((index) => `args.a == "x" && ${time(index)}`, request)).toBe(0);
    expect(asked(time, request)).toBe(8);
  }
});

it('a rule without a condition has no guard', () => {
  expect(guardsOf({} as never)).toEqual([]);
});
