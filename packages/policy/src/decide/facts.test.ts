import type { PastCall, PolicyRequest } from '@spanforge/core-events';
import { describe, expect, it } from 'vitest';
import { parseBundle } from '../bundle/parse.js';
import { compileBundle } from './decider.js';

const order = {
  type: 'object',
  properties: { id: { type: 'string' }, owner: { type: 'string' }, total: { type: 'number' } },
};

const tools = {
  get_order: {
    effect: 'read',
    schema: { type: 'object', properties: { order_id: { type: 'string' } } },
    result: order,
    output: 'trusted',
    failure: { starts_with: 'Error' },
  },
  get_person: { effect: 'read', result: { type: 'object', properties: { vip: {} } } },
  note: { effect: 'write' },
  refund: {
    effect: 'write',
    schema: {
      type: 'object',
      properties: { order_id: { type: 'string' }, amount: { type: 'number' } },
    },
  },
};

const facts = {
  order: { from: 'get_order', for: { order_id: 'args.order_id' } },
  owner: { from: ['get_person'], for: { id: 'facts.order.owner' } },
  orders: { from: 'get_order', take: 'all' },
  totals: { from: 'get_order', take: 'all', pick: 'total' },
  booked: { from: 'note', for: { kind: { value: 'booking' } }, pick: 'deep.er' },
  refunds: { count: 'calls', tools: ['refund'], per: ['run', 'actor'], window: '24h' },
  refunded: { sum: 'args.amount', tools: ['ref*'], per: ['tool', 'agent'], window: '90s' },
  sensitive: { detect: 'args', types: ['email', 'iban'] },
  leaked: { detect: 'facts.order.owner' },
};

function load(when: string, more: object = {}) {
  const rule = {
    rule_id: 'r',
    service: 'sf_govern',
    control: 'tool_call',
    target: { tools: ['refund'] },
    action: 'human_review',
    when,
    ...more,
  };
  return compileBundle(
    parseBundle({
      policy_id: 'p',
      version: '1',
      environment: 'prod',
      owner: 'o',
      effective_at: '2026-01-01T00:00:00Z',
      tools,
      facts,
      rules: [rule],
    }),
  );
}

const ask = (calls: readonly PastCall[] | undefined, more: object = {}): PolicyRequest => ({
  service: 'sf_govern',
  control: 'tool_call',
  tool: 'refund',
  args: { order_id: 'A', amount: 5 },
  time: 0,
  ...(calls === undefined ? {} : { calls }),
  ...more,
});

const looked = (order_id: unknown, result: unknown): PastCall => ({
  tool: 'get_order',
  args: { order_id },
  result,
});
const A = { id: 'A', owner: 'ann', total: 7 };

/** What a rule reads as one fact; `undefined` where it is missing. */
function factOf(name: string, request: PolicyRequest, counted = {}): unknown {
  const type =
    name === 'order' || name === 'owner' ? `has(facts.${name})` : `size(facts.${name}) > 0`;
  const when = name.startsWith('refund') || name === 'booked' ? `facts.${name} == 1` : type;
  return load(when).withFacts(request, counted).facts?.[name];
}

describe('a fact from earlier calls', () => {
  it('is the latest result for the same thing', () => {
    const calls = [looked('A', { ...A, total: 1 }), looked('A', A), looked('B', { id: 'B' })];
    expect(factOf('order', ask(calls))).toEqual(A);
  });

  it('is read from text where something else is declared', () => {
    expect(factOf('order', ask([looked('A', JSON.stringify(A))]))).toEqual(A);
    expect(factOf('order', ask([looked('A', 'no such order')]))).toBeUndefined();
    expect(factOf('order', ask([looked('A', '[1]')]))).toBeUndefined();
    expect(factOf('order', ask([looked('A', '{"id":"A","id":"B"}')]))).toBeUndefined();
    expect(factOf('order', ask([looked('A', '{"total":9007199254740993}')]))).toBeUndefined();
  });

  it('leaves out calls that failed, other tools and other things', () => {
    const failed = [looked('A', A), looked('A', 'Error: gone')];
    expect(factOf('order', ask(failed))).toEqual(A);
    expect(factOf('order', ask([{ tool: 'note', args: { order_id: 'A' }, result: A }]))).toBe(
      undefined,
    );
    expect(factOf('order', ask([looked('B', A), looked(5, A), looked({}, A)]))).toBeUndefined();
    expect(factOf('order', ask([{ tool: 'get_order', args: null, result: A }]))).toBeUndefined();
  });

  it('is missing where what it looks for is', () => {
    const calls = [looked(undefined, A), { tool: 'get_order', args: {}, result: A }];
    expect(factOf('order', ask(calls, { args: {} }))).toBeUndefined();
    expect(factOf('order', ask([looked('A', A)], { args: { order_id: ['A'] } }))).toBeUndefined();
  });

  it('builds on other facts', () => {
    const person = { tool: 'get_person', args: { id: 'ann' }, result: { vip: true } };
    const filled = load('facts.owner.vip == true').withFacts(ask([looked('A', A), person]));
    expect(filled.facts).toEqual({ order: A, owner: { vip: true } });
    expect(load('facts.owner.vip == true').withFacts(ask([person])).facts).toBeUndefined();
  });

  it('lists all of them, and nothing is an empty list only where the trace is known', () => {
    expect(factOf('orders', ask([looked('A', A), looked('B', A)]))).toEqual([A, A]);
    expect(factOf('orders', ask([]))).toEqual([]);
    expect(factOf('orders', ask(undefined))).toBeUndefined();
    expect(factOf('orders', ask([looked('A', A), looked('B', 'torn')]))).toBeUndefined();
    expect(factOf('totals', ask([looked('A', A)]))).toEqual([7]);
    expect(factOf('totals', ask([looked('A', {})]))).toBeUndefined();
  });

  it('compares with constants and picks a part', () => {
    const note = (kind: string) => ({
      tool: 'note',
      args: { kind },
      result: { deep: { er: kind } },
    });
    expect(factOf('booked', ask([note('booking'), note('other')]))).toBe('booking');
    expect(factOf('booked', ask([note('other')]))).toBeUndefined();
  });
});

describe('a detected fact', () => {
  it('lists types, sorted', () => {
    const args = { text: 'write to ann@example.com or bob@example.com' };
    expect(factOf('sensitive', ask([], { args }))).toEqual(['email']);
    expect(factOf('sensitive', ask([], { args: {} }))).toEqual([]);
    expect(factOf('sensitive', ask([], { args: undefined }))).toBeUndefined();
    expect(factOf('sensitive', ask([], { args: { at: new Date(0) } }))).toBeUndefined();
  });

  it('may look into other facts', () => {
    const calls = [looked('A', { ...A, owner: 'ann@example.com' })];
    expect(factOf('leaked', ask(calls))).toEqual(['email']);
  });
});

describe('a counted fact', () => {
  const asked = ask([], { actor: { id: 'ann' }, agent: { id: 'bot' }, callId: 'c1' });

  it('names what it counts on', () => {
    expect(load('facts.refunds > 3').counters(asked)).toEqual([
      {
        fact: 'refunded',
        key: ['prod', 'p', 'refunded', 'args.amount', 'agent', 'bot', 'tool', 'refund'],
        context: [],
        amount: 5,
        windowMs: 90_000,
      },
      {
        fact: 'refunds',
        key: ['prod', 'p', 'refunds', 'calls', 'actor', 'ann'],
        context: ['run'],
        amount: 1,
        windowMs: 86_400_000,
      },
    ]);
  });

  it('is read with amount 0 by what does not count', () => {
    const { counters } = load('facts.refunds > 3', { control: 'tool_result' });
    const needs = counters({ ...asked, control: 'tool_result' });
    expect(needs.map(({ fact, amount }) => [fact, amount])).toEqual([['refunds', 0]]);
    expect(counters({ ...asked, tool: 'note' })).toEqual([]);
  });

  it.each([-1, Number.NaN, Number.POSITIVE_INFINITY, '5', undefined, null])(
    'is left out for the amount %s',
    (amount) => {
      const { counters } = load('facts.refunded > 3');
      expect(counters({ ...asked, args: { amount } }).map(({ fact }) => fact)).toEqual(['refunds']);
    },
  );

  it('is left out where the request does not say whose it is', () => {
    expect(load('facts.refunds > 3').counters(ask([]))).toEqual([]);
  });

  it('is filled in from the sums, and missing without', () => {
    const decider = load('facts.refunds > 3');
    expect(decider.withFacts(asked, { refunds: 4 }).facts).toEqual({ refunds: 4 });
    expect(decider.withFacts(asked, { refunds: Number.NaN }).facts).toBeUndefined();
    expect(decider.decide(decider.withFacts(asked, { refunds: 3 })).outcome).toBe('allow');
    expect(decider.decide(asked)).toMatchObject({
      outcome: 'block',
      rules: [{ finding: 'indeterminate' }],
    });
  });
});

describe('filling facts in', () => {
  const calls = [looked('A', A)];

  it('leaves out what is not recorded, and changes nothing the second time', () => {
    const decider = load('facts.order.total > 5');
    const once = decider.withFacts(ask(calls, { callId: 'c' }));
    expect(once).toEqual({ ...ask(undefined), facts: { order: A } });
    expect(decider.withFacts(once)).toEqual(once);
    const { values } = decider.decide(ask(calls)).rules[0] ?? {};
    expect(values).toEqual({ 'facts.order.total': 7 });
    expect(decider.decide(once)).toEqual(decider.decide(ask(calls)));
  });

  it('takes only what rules for the request read', () => {
    const decider = load('facts.order.total > 5');
    expect(decider.withFacts(ask(calls, { tool: 'note' })).facts).toBeUndefined();
    const plain = { ...ask(undefined), tool: 'note' };
    expect(decider.withFacts(plain)).toBe(plain);
    expect(load('size(facts) == 4').withFacts(ask(calls)).facts).toEqual({
      order: A,
      orders: [A],
      totals: [7],
      leaked: [],
      sensitive: [],
    });
  });

  it('lets facts stand that are given', () => {
    const given = { order: { ...A, total: 1 }, other: 2 };
    expect(load('facts.order.total > 5').withFacts(ask(calls, { facts: given })).facts).toEqual(
      given,
    );
  });

  it('blocks where a fact is missing or of another type', () => {
    const decider = load('facts.order.total > 5');
    for (const request of [
      ask([]),
      ask(undefined),
      ask([], { facts: { order: { total: '9' } } }),
      ask([], { facts: { order: 9 } }),
      ask(calls, { facts: 'all' }),
      ask('calls' as never),
      ask([null] as never),
      ask([], { facts: Object.create({ order: A }) }),
    ]) {
      expect(decider.decide(request).outcome).toBe('block');
    }
    expect(decider.decide(ask([looked('A', { ...A, total: 1 })])).outcome).toBe('allow');
  });

  it('reads the result of the call itself', () => {
    const decider = load('facts.result.total > 5', {
      control: 'tool_result',
      target: { tools: ['get_order'] },
    });
    const ended = (result: unknown) =>
      ask([], { control: 'tool_result', tool: 'get_order', facts: { result } });
    expect(decider.withFacts(ended(JSON.stringify(A))).facts).toEqual({ result: A });
    expect(decider.decide(ended(JSON.stringify(A))).outcome).toBe('human_review');
    expect(decider.decide(ended({ ...A, total: 1 })).outcome).toBe('allow');
    expect(decider.decide(ended('torn')).outcome).toBe('block');
  });
});
