import { parseBundle } from '@spanforge/policy';
import { expect, it } from 'vitest';
import { mayBeCalled } from './mcp-visible.js';

const CALLER = { agent: 'desk', actor: 'ann', environment: 'prod' };

function visible(rules: readonly object[], more: object = { default: 'block' }, tool = 'write') {
  const call = { service: 'sf_govern', control: 'tool_call', action: 'allow' };
  const bundle = parseBundle({
    ...{ policy_id: 'p', version: '1', environment: 'prod', owner: 'o' },
    ...{ effective_at: '2026-01-01T00:00:00Z', ...more },
    rules: rules.map((rule, at) => ({ rule_id: `r${at}`, ...call, ...rule })),
  });
  return mayBeCalled(tool, CALLER, bundle, {});
}

it('a tool that only a default that blocks is about is not listed', () => {
  const reads = { target: { tools: ['read'] } };
  expect(visible([reads])).toBe(false);
  expect(visible([reads], { default: 'block', strategy: 'first_match' })).toBe(false);
  expect(visible([reads], { default: 'block' }, 'read')).toBe(true);
  for (const fallback of ['allow', 'human_review', undefined]) {
    expect(visible([reads], fallback === undefined ? {} : { default: fallback })).toBe(true);
  }
});

it('a tool is listed that some rule may let through', () => {
  expect(visible([{ when: 'args.n > 5' }])).toBe(true);
  expect(visible([{ target: { tools: ['wr*'], roles: ['clerk'] } }])).toBe(true);
  expect(visible([{ action: 'human_review' }])).toBe(true);
  expect(visible([{ action: 'block', when: 'args.n > 5' }])).toBe(false);
  expect(visible([{ enabled: false }])).toBe(false);
  expect(visible([{ control: 'tool_result' }])).toBe(false);
});

it('a tool is not listed that a rule blocks whatever its arguments', () => {
  expect(visible([{ action: 'block' }], {})).toBe(false);
  expect(visible([{ action: 'block', when: 'args.n > 5' }], {})).toBe(true);
  expect(visible([{ action: 'block', target: { actors: ['bob'] } }], {})).toBe(true);
});

it('a tool is not listed that no role of the actor may use', () => {
  const actor = (roles: readonly string[], resourceRoles = {}) => ({
    ...{ actorId: 'ann', roles, resourceRoles, metadata: {} },
  });
  const permissions = { reader: { read: ['read'] }, writer: { '*': ['*'], read: [] } };
  const listed = (actors: readonly ReturnType<typeof actor>[]) =>
    ['read', 'write'].filter((tool) =>
      mayBeCalled(tool, CALLER, undefined, { roles: { permissions, actors } }),
    );
  expect(listed([actor(['reader'])])).toEqual(['read']);
  expect(listed([actor(['writer'])])).toEqual(['write']);
  expect(listed([actor(['reader'], { write: ['writer'] })])).toEqual(['read', 'write']);
  expect(listed([actor(['constructor'])])).toEqual([]);
  expect(listed([])).toEqual(['read', 'write']);
});
