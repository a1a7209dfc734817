import type { PolicyRequest } from '@spanforge/core-events';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseBundle } from '../bundle/parse.js';
import { compileBundle } from './decider.js';

const schema = {
  type: 'object',
  properties: {
    to: { type: 'array', items: { type: 'string' } },
    amount: { type: 'number' },
    note: { type: 'string' },
    memo: { type: ['string', 'null'] },
    force: { type: 'boolean' },
    order: { type: 'object', properties: { id: { type: 'string' } } },
  },
};
const result = { type: 'object', properties: { rows: { type: 'array' }, ok: { type: 'boolean' } } };

function decide(when: string, args: unknown, more: { tool?: string; facts?: object } = {}) {
  const { tool = 'send', facts } = more;
  const control = facts === undefined ? 'tool_call' : 'tool_result';
  const bundle = parseBundle({
    ...{ policy_id: 'p', version: '1', environment: 'prod', owner: 'o' },
    effective_at: '2026-01-01T00:00:00Z',
    tools: { send: { effect: 'write', schema, result }, other: { effect: 'write' } },
    // Untargeted: each tool has types of its own, and is checked by them when it is called.
    rules: [{ rule_id: 'r', service: 'sf_govern', control, when, action: 'human_review' }],
  });
  const request = { service: 'sf_govern', control, tool, args, time: 0, ...(facts && { facts }) };
  const { outcome, rules } = compileBundle(bundle).decide(request as PolicyRequest);
  return rules[0] === undefined ? outcome : `${outcome} ${rules[0].finding}`;
}

const UNKNOWN = 'block indeterminate';

describe('a value of another type than its tool declares', () => {
  it.each([
    ['size(args.to) > 3', { to: 'abc' }],
    ['size(args.to) > 3', { to: { a: 1 } }],
    ['size(args.to) > 3', { to: ['a', 5] }],
    ['size(args.note) > 3', { note: ['a'] }],
    ['size(args.note) > 3', { note: {} }],
    ['args.note in args.to', { note: 'x', to: { y: 1 } }],
    ['args.note in ["x"]', { note: null }],
    ['args.note == null', { note: null }],
    ['args.note != "x"', { note: null }],
    ['args.note.startsWith("x")', { note: 5 }],
    ['args.amount > 1000', { amount: '5000' }],
    ['args.amount + args.amount == "55"', { amount: '5' }],
    ['args.force', { force: 'true' }],
    ['args.order.id == "x"', { order: '{"id":"y"}' }],
    ['args.order == null', { order: { id: 5 } }],
    ['has(args.order.id)', { order: '{"id":"y"}' }],
    ['args.order["id"] == "x"', { order: { id: ['y'] } }],
    ['size(args) > 9', { note: 5 }],
  ])('makes %s indeterminate for %j, never false', (when, args) => {
    expect(decide(when, args)).toBe(UNKNOWN);
  });

  it('is as the operators take it for a tool that declares nothing', () => {
    expect(decide('size(args.to) > 3', { to: 'abc' }, { tool: 'other' })).toBe('allow');
    expect(decide('size(args.to) > 2', { to: 'abc' }, { tool: 'other' })).toBe(
      'human_review triggered',
    );
  });

  it('has no say where another part decides, or another value is read', () => {
    expect(decide('args.amount > 5 && size(args.to) > 3', { amount: 1, to: 'abc' })).toBe('allow');
    expect(decide('args.amount > 5', { amount: 1, to: 'abc' })).toBe('allow');
    expect(decide('has(args.to)', { to: 'abc' })).toBe('human_review triggered');
    expect(decide('has(args.order.id)', { order: { id: 5 } })).toBe('human_review triggered');
  });

  it('is null only where the schema does not name it', () => {
    expect(decide('args.memo == null', { memo: null })).toBe('human_review triggered');
    expect(decide('args.memo == null', { memo: 'x' })).toBe('allow');
    expect(decide('args.memo == "x"', { memo: 5 })).toBe(UNKNOWN);
  });

  it('is told of results too', () => {
    const facts = (value: unknown) => ({ facts: { result: value } });
    expect(decide('size(facts.result.rows) > 3', {}, facts({ rows: 'abc' }))).toBe(UNKNOWN);
    expect(decide('size(facts.result.rows) > 3', {}, facts({ rows: [1] }))).toBe('allow');
    expect(decide('size(facts.result.rows) > 3', {}, facts('{"rows":"abc"}'))).toBe(UNKNOWN);
  });
});

it('a rule about one argument never stays silent for a value of another type', () => {
  const conditions = {
    to: ['size(args.to) > 2', '"x" in args.to', 'args.to.exists(t, t == "x")', 'args.to == null'],
    note: ['args.note == "x"', 'args.note in ["x"]', 'size(args.note) > 2', 'args.note != null'],
    amount: ['args.amount > 5', 'args.amount == 5', 'args.amount in [1, 2]', '-args.amount < 0'],
    force: ['args.force', '!args.force', 'args.force == true', 'args.force != null'],
  };
  const isOf = {
    to: (value: unknown) => Array.isArray(value) && value.every((one) => typeof one === 'string'),
    note: (value: unknown) => typeof value === 'string',
    amount: (value: unknown) => typeof value === 'number',
    force: (value: unknown) => typeof value === 'boolean',
  };
  const name = fc.constantFrom('to', 'note', 'amount', 'force' as const);
  fc.assert(
    fc.property(name, fc.nat(3), fc.jsonValue({ maxDepth: 2 }), (argument, at, value) => {
      const when = conditions[argument as keyof typeof conditions][at] ?? '';
      const said = decide(when, { [argument]: value });
      expect(said === UNKNOWN).toBe(!isOf[argument as keyof typeof isOf](value));
    }),
    { numRuns: 500 },
  );
});

describe('a fact of another type than is declared', () => {
  const row = {
    type: 'object',
    properties: { owner: { type: 'string' }, total: { type: 'number' } },
  };
  const tools = {
    get: { effect: 'read', result: row },
    list: { effect: 'read', result: { type: 'array', items: row } },
    find: { effect: 'read', result: { ...row, properties: { owner: { type: 'string' } } } },
    any: { effect: 'read' },
  };
  const facts = {
    order: { from: 'get' },
    orders: { from: 'get', take: 'all' },
    rows: { from: 'list' },
    owners: { from: ['get', 'find'], take: 'all', pick: 'owner' },
    either: { from: ['get', 'find'] },
    loose: { from: ['get', 'any'] },
    paid: { count: 'calls', window: '1d' },
    found: { detect: 'args', types: ['email'] },
  };
  const say = (when: string, part: object, more: object = { tools, facts }) => {
    const bundle = parseBundle({
      ...{ policy_id: 'p', version: '1', environment: 'prod', owner: 'o', ...more },
      effective_at: '2026-01-01T00:00:00Z',
      rules: [
        { rule_id: 'r', service: 'sf_govern', control: 'tool_call', when, action: 'human_review' },
      ],
    });
    const request = { service: 'sf_govern', control: 'tool_call', tool: 'pay', time: 0, ...part };
    const { outcome, rules } = compileBundle(bundle).decide(request as PolicyRequest);
    return rules[0] === undefined ? outcome : `${outcome} ${rules[0].finding}`;
  };

  it.each([
    ['size(facts.order.owner) > 3', { order: { owner: ['a'] } }],
    ['facts.order.owner != "x"', { order: { owner: null } }],
    ['facts.order.total > 5 || facts.order.total == null', { order: { total: null } }],
    ['size(facts.orders) > 3', { orders: 'abc' }],
    ['size(facts.orders) > 3', { orders: [{ owner: 1 }] }],
    ['size(facts.rows) > 3', { rows: { a: 1 } }],
    ['"x" in facts.owners', { owners: ['x', 5] }],
    ['size(facts.either.owner) > 3', { either: { owner: [] } }],
    ['facts.paid == null', { paid: '5' }],
    ['size(facts.found) > 3', { found: 'abc' }],
    ['size(facts) > 9', { found: 'abc' }],
  ])('makes %s indeterminate for %j', (when, given) => {
    expect(say(when, { facts: given })).toBe(UNKNOWN);
  });

  it('has no say where it is not read, or nothing is declared', () => {
    expect(say('facts.order.total > 5', { facts: { order: { owner: 5, total: 1 } } })).toBe(
      'allow',
    );
    expect(say('size(facts.loose) > 3', { facts: { loose: 'abc' } })).toBe('allow');
    expect(say('facts.either.owner == "x"', { facts: { either: { owner: 'y', total: {} } } })).toBe(
      'allow',
    );
  });

  it('is found in the results of earlier calls', () => {
    const calls = (owner: unknown) => ({ calls: [{ tool: 'get', args: {}, result: { owner } }] });
    expect(say('size(facts.order.owner) > 3', calls('ann'))).toBe('allow');
    expect(say('size(facts.order.owner) > 3', calls(['ann']))).toBe(UNKNOWN);
  });

  it.each([
    ['size(labels) > 3', { labels: 'pii' }],
    ['"pii" in labels', { labels: ['pii', 5] }],
    ['labels == null', { labels: null }],
    ['size(actor.id) > 3', { actor: { id: ['a'] } }],
    ['size(actor.roles) > 9', { actor: { id: 'a', roles: 'clerk' } }],
    ['size(agent.capabilities) > 9', { agent: { id: 'a', capabilities: 'all' } }],
    ['size(env) > 9', { env: ['prod'] }],
    ['size(request.resource) > 9', { resource: ['a'] }],
    ['size(context) > 9', { context: 'abc' }],
    ['observed == null', { observed: null }],
  ])('is like one of the fixed places: %s for %j', (when, part) => {
    expect(say(when, part)).toBe(UNKNOWN);
    expect(say(when, part, {})).toBe(UNKNOWN);
  });
});
