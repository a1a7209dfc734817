import { describe, expect, it } from 'vitest';
import { type ConditionInput, compileCondition, typeOfSchema } from './index.js';

const time = {
  epoch: 1_780_000_000_000,
  year: 2026,
  month: 5,
  day: 28,
  hour: 20,
  minute: 26,
  second: 40,
  weekday: 4,
};

const input: ConditionInput = {
  request: {
    service: 'sf_govern',
    control: 'tool_call',
    tool: 'refund',
    action: 'write',
    args: {
      amount: 1000.5,
      currency: 'EUR',
      note: null,
      count: '5',
      tags: ['a', 'b'],
      rows: [{ price: 3 }, { price: 9 }],
      'odd key': true,
      text: 'Zürich 🚆',
    },
  },
  actor: { id: 'ann', roles: ['editor'] },
  env: 'prod',
  time,
  labels: ['untrusted'],
  observed: 0.8,
};

function decide(source: string, given: ConditionInput = input) {
  return compileCondition(source).evaluate(given);
}

describe('decided conditions', () => {
  it.each([
    ['args.amount > 1000', true],
    ['args.amount > 1001', false],
    ['request.args.amount >= 1000.5', true],
    ['observed < 0.85', true],
    ['env == "prod" && "editor" in actor.roles', true],
    ['args.currency in ["EUR", "USD"]', true],
    ['args.currency in []', false],
    ['"untrusted" in labels', true],
    ['args.note == null', true],
    ['args.note == "x"', false],
    ['args.note in ["x"]', false],
    ['has(args.amount)', true],
    ['has(args.missing)', false],
    ['has(args.missing.deeper)', false],
    ['has(args.note.deeper)', false],
    ['has(agent.id)', false],
    ['has(args.missing) && args.missing > 5', false],
    ['args["odd key"]', true],
    ['args.tags[1] == "b"', true],
    ['args.rows.all(row, row.price > 2)', true],
    ['args.rows.exists(row, row.price == 9)', true],
    ['args.rows.exists(row, row.price == 4)', false],
    ['args.rows.all(row, has(row.price))', true],
    ['args.rows.exists(row, args.tags.exists(tag, tag == "b" && row.price > 5))', true],
    ['size(args.tags) == 2 && args.rows.size() == 2', true],
    ['size(args.text) == 8', true],
    ['args.text.startsWith("Zü") && args.text.endsWith("🚆") && args.text.contains("ich")', true],
    ['args.currency.lowerAscii() == "eur"', true],
    ['"ÄB".lowerAscii() == "Äb"', true],
    ['(args.amount - 0.5) / 2 == 500 && -args.amount < 0', true],
    ['"user/" + actor.id == "user/ann"', true],
    ['5 / 2 == 2.5', true],
    ['time.hour >= 18 || time.weekday > 5', true],
    ['time.epoch > 1779999999999', true],
    ['(args.amount > 5 ? "high" : "low") == "high"', true],
    ['args.missing > 5 && false', false],
    ['args.missing > 5 || true', true],
    ['args.tags.exists(tag, tag == "a" || tag > 5)', true],
    ['args.tags.all(tag, tag == "z" && args.missing)', false],
    ['!(env == "dev")', true],
    ['1 in [1.0, 2]', true],
  ])('%s', (source, value) => {
    expect(decide(source)).toEqual({ value });
  });
});

describe('indeterminate conditions', () => {
  it.each([
    ['args.missing > 5', 'missing_value', 'args.missing'],
    ['!(args.missing > 5)', 'missing_value', 'args.missing'],
    ['args.missing == null', 'missing_value', 'args.missing'],
    ['args.constructor == null', 'missing_value', 'args.constructor'],
    ['agent.id == "a"', 'missing_value', 'agent.id'],
    ['context.user == "a"', 'missing_value', 'context.user'],
    ['args.missing > 5 && true', 'missing_value', 'args.missing'],
    ['args.count > 4', 'type_error', 'args.count'],
    ['args.count == 5', 'type_error', 'args.count'],
    ['args.count in [5]', 'type_error', 'args.count'],
    ['5 in args.tags', 'type_error', 'args.tags'],
    ['args.amount', 'type_error', 'args.amount'],
    ['args.amount.deeper == 1', 'type_error', 'args.amount.deeper'],
    ['args.tags == args.rows', 'type_error', 'args.tags'],
    ['args.rows[2].price > 1', 'missing_value', 'args.rows[]'],
    ['args.tags[0.0].x', 'type_error', 'args.tags[].x'],
    ['args.rows.all(row, row.cost > 1)', 'missing_value', 'row.cost'],
    ['args.amount / 0 > 1', 'arithmetic', 'args.amount'],
    ['1 / 0 > 1', 'arithmetic', undefined],
  ])('%s', (source, reason, path) => {
    expect(decide(source)).toEqual(
      path === undefined
        ? { value: 'indeterminate', reason }
        : { value: 'indeterminate', reason, path },
    );
  });

  it('never compares NaN, an infinity or a bigint', () => {
    for (const observed of [Number.NaN, Number.POSITIVE_INFINITY, 5n as unknown as number]) {
      expect(decide('observed < 0.85', { observed })).toMatchObject({ reason: 'type_error' });
      expect(decide('observed == 0.85', { observed })).toMatchObject({ reason: 'type_error' });
      expect(decide('observed in [0.85]', { observed })).toMatchObject({ reason: 'type_error' });
    }
  });

  it('spends a bounded number of steps', () => {
    const many = Array.from({ length: 400 }, () => 'x');
    const nested = 'args.all(a, args.all(b, a == b))';
    const small = compileCondition(nested, {}, { maxSteps: 1000 });
    expect(small.evaluate({ request: { args: many } })).toMatchObject({ reason: 'cost' });
    const wide = Array.from({ length: 2000 }, () => 'x');
    expect(decide(nested, { request: { args: wide } })).toMatchObject({ reason: 'cost' });
    const text = { request: { args: { a: 'a'.repeat(1_000_000), b: 'a'.repeat(500_000) } } };
    expect(decide('args.a.contains(args.b)', text)).toMatchObject({ reason: 'cost' });
  });

  it('survives an input that throws', () => {
    const args = {
      get amount(): number {
        throw new Error('no');
      },
    };
    expect(decide('args.amount > 1', { request: { args } })).toEqual({
      value: 'indeterminate',
      reason: 'unreadable',
    });
  });
});

describe('what a condition tells about itself', () => {
  it('names and reads its fields', () => {
    const condition = compileCondition(
      'request.args.amount > 5 && (env == "prod" || has(args.missing)) && args["odd key"]',
    );
    expect(condition.fields).toEqual(['args.amount', 'args.missing', 'args["odd key"]', 'env']);
    expect(condition.read(input)).toEqual({
      'args.amount': 1000.5,
      'args["odd key"]': true,
      env: 'prod',
    });
  });

  it('gives its analysable form as data', () => {
    const condition = compileCondition(
      '1000 < args.amount && (env in ["prod", "eu"] || !("trusted" in labels)) && has(actor.id)',
    );
    expect(condition.fragment).toEqual({
      op: 'and',
      terms: [
        { op: '>', path: 'args.amount', value: 1000 },
        {
          op: 'or',
          terms: [
            { op: 'in', path: 'env', values: ['prod', 'eu'] },
            { op: 'not', term: { op: 'member', path: 'labels', value: 'trusted' } },
          ],
        },
        { op: 'has', path: 'actor.id' },
      ],
    });
    expect(compileCondition('args.a > args.b').fragment).toBeUndefined();
    expect(compileCondition('args.a').fragment).toEqual({ op: 'holds', path: 'args.a' });
    expect(compileCondition('args.a == true').fragment).toEqual({
      op: '==',
      path: 'args.a',
      value: true,
    });
  });

  it('gives all of it as a tree', () => {
    const { expression } = compileCondition('!(args.a > 5)');
    expect(expression).toMatchObject({
      kind: 'not',
      operand: {
        kind: 'compare',
        operator: '>',
        left: { kind: 'path', path: 'args.a', names: ['args', 'a'] },
        right: { kind: 'literal', value: 5 },
      },
    });
    expect(Object.isFrozen(expression)).toBe(true);
  });
});

describe('argument types', () => {
  const refund = typeOfSchema({
    type: 'object',
    properties: { amount: { type: 'number' }, reason: { type: ['string', 'null'] } },
  });
  const transfer = typeOfSchema({ type: 'object', properties: { amount: { type: 'integer' } } });

  it('accepts fields that every tool has', () => {
    expect(compileCondition('args.amount > 5', { args: [refund, transfer] }).fields).toEqual([
      'args.amount',
    ]);
    expect(compileCondition('args.reason == null', { args: [refund] }).fragment).toBeDefined();
  });

  it.each([
    ['args.amuont > 5', 'CONDITION_UNKNOWN_FIELD'],
    ['args.reason == "x"', 'CONDITION_UNKNOWN_FIELD'],
    ['args.amount == "5"', 'CONDITION_TYPE_MISMATCH'],
  ])('refuses %s', (source, code) => {
    expect(() => compileCondition(source, { args: [refund, transfer] })).toThrow(
      expect.objectContaining({ code }),
    );
  });

  it('still checks the values that arrive', () => {
    const condition = compileCondition('args.amount > 5', { args: [refund] });
    expect(condition.evaluate({ request: { args: { amount: '9' } } })).toMatchObject({
      reason: 'type_error',
    });
  });
});

it('knows a type by what it says, not by which object says it', () => {
  const facts = { kind: 'object', fields: { spent: { kind: 'number' } } } as const;
  expect(compileCondition('facts.spent * 2 > observed', { facts }).fields).toEqual([
    'facts.spent',
    'observed',
  ]);
});
