import type { PolicyRequest } from '@spanforge/core-events';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { RuleTarget } from '../bundle/bundle.js';
import { createMatcher, splitPatterns } from '../pattern.js';
import { compileTarget } from './target.js';

const applies = (target: RuleTarget, request: object) =>
  compileTarget(target)({
    service: 'sf_govern',
    control: 'tool_call',
    time: 0,
    ...request,
  } as PolicyRequest);

describe('a target', () => {
  it('without parts takes every request', () => {
    expect(applies({}, {})).toBe('yes');
  });

  it.each<[keyof RuleTarget, (name: unknown) => object]>([
    ['tools', (tool) => ({ tool })],
    ['resources', (resource) => ({ resource })],
    ['agents', (id) => ({ agent: { id } })],
    ['actors', (id) => ({ actor: { id } })],
    ['roles', (role) => ({ actor: { id: 'a', roles: [role] } })],
    ['environments', (env) => ({ env })],
  ])('of %s takes the names it lists, and knows nothing of a name that is no text', (part, of) => {
    const target = { [part]: ['pay', 'crm_*'] };
    expect(applies(target, of('pay'))).toBe('yes');
    expect(applies(target, of('crm_read'))).toBe('yes');
    expect(applies(target, of('crm_'))).toBe('yes');
    expect(applies(target, of('payment'))).toBe('no');
    expect(applies(target, of('crm'))).toBe('no');
    expect(applies(target, of(''))).toBe('no');
    for (const odd of [5, null, {}, ['pay']]) expect(applies(target, of(odd))).toBe('unknown');
  });

  it('takes no request without the tool or resource it names', () => {
    expect(applies({ tools: ['pay'] }, {})).toBe('no');
    expect(applies({ resources: ['pay'] }, {})).toBe('no');
  });

  it('does not know a request that does not say who or where', () => {
    expect(applies({ agents: ['pay'] }, {})).toBe('unknown');
    expect(applies({ actors: ['pay'] }, {})).toBe('unknown');
    expect(applies({ actors: ['pay'] }, { actor: {} })).toBe('unknown');
    expect(applies({ agents: ['pay'] }, { agent: {} })).toBe('unknown');
    expect(applies({ environments: ['pay'] }, {})).toBe('unknown');
  });

  it.each([
    [undefined, 'unknown'],
    [null, 'unknown'],
    [5, 'unknown'],
    [{ 0: 'admin' }, 'unknown'],
    [[], 'no'],
    ['admin', 'unknown'],
    ['guest', 'unknown'],
    [['guest', 'admin'], 'yes'],
    [['admin', 'guest'], 'yes'],
    [['guest', 5], 'unknown'],
    [[5, 'admin'], 'yes'],
    [['guest', 'other'], 'no'],
  ] as const)('of roles takes an actor with %j as %s', (roles, expected) => {
    expect(applies({ roles: ['admin'] }, { actor: { id: 'a', roles } })).toBe(expected);
  });

  it('of roles does not know a request without an actor', () => {
    expect(applies({ roles: ['admin'] }, {})).toBe('unknown');
  });

  it('of several parts is no where one is no, else unknown where one is', () => {
    const answers = ['yes', 'no', 'unknown'] as const;
    const value = { yes: 'pay', no: 'other', unknown: 5 };
    for (const tool of answers) {
      for (const agent of answers) {
        for (const env of answers) {
          const parts = [tool, agent, env];
          const expected = parts.includes('no')
            ? 'no'
            : parts.includes('unknown')
              ? 'unknown'
              : 'yes';
          const target = { tools: ['pay'], agents: ['pay'], environments: ['pay'] };
          const request = { tool: value[tool], agent: { id: value[agent] }, env: value[env] };
          expect(applies(target, request)).toBe(expected);
        }
      }
    }
  });
});

describe('patterns', () => {
  it('are names, and prefixes that end in *', () => {
    expect(splitPatterns(['a', 'b*', 'c', 'd_*'])).toEqual({
      names: ['a', 'c'],
      prefixes: ['b', 'd_'],
    });
  });

  it('match exactly what they say', () => {
    const text = fc.string({ unit: fc.constantFrom('a', 'b', '*'), maxLength: 3 });
    const pattern = fc
      .tuple(fc.string({ unit: fc.constantFrom('a', 'b'), maxLength: 3 }), fc.boolean())
      .map(([start, open]) => (open ? `${start}*` : start));
    fc.assert(
      fc.property(fc.array(pattern, { maxLength: 3 }), text, (patterns, name) => {
        const expected = patterns.some((one) => {
          if (!one.endsWith('*')) return one === name;
          return name.slice(0, one.length - 1) === one.slice(0, -1);
        });
        expect(createMatcher(patterns)(name)).toBe(expected);
      }),
    );
  });
});
