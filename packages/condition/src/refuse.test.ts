import { describe, expect, it } from 'vitest';
import { ConditionError, compileCondition, typeOfSchema } from './index.js';

function refusal(run: () => unknown): ConditionError {
  try {
    run();
  } catch (error) {
    if (ConditionError.is(error)) return error;
    throw error;
  }
  throw new Error('was accepted');
}

describe('refused conditions', () => {
  it.each([
    ['', 'CONDITION_SYNTAX', 1, 1],
    ['args.amount >', 'CONDITION_SYNTAX', 1, 14],
    ['env == "prod" &&\n  amount > 5', 'CONDITION_UNKNOWN_NAME', 2, 3],
    ['constructor == 1', 'CONDITION_UNKNOWN_NAME', 1, 1],
    ['facts.spend > 5', 'CONDITION_UNKNOWN_FIELD', 1, 7],
    ['request.amount > 5', 'CONDITION_UNKNOWN_FIELD', 1, 9],
    ['time.constructor == null', 'CONDITION_UNKNOWN_FIELD', 1, 6],
    ['env > 5', 'CONDITION_TYPE_MISMATCH', 1, 1],
    ['true && env', 'CONDITION_TYPE_MISMATCH', 1, 9],
    ['observed == "5"', 'CONDITION_TYPE_MISMATCH', 1, 1],
    ['"a" in env', 'CONDITION_TYPE_MISMATCH', 1, 8],
    ['5 in labels', 'CONDITION_TYPE_MISMATCH', 1, 1],
    ['env in ["a", 5]', 'CONDITION_TYPE_MISMATCH', 1, 8],
    ['labels == actor.roles', 'CONDITION_TYPE_MISMATCH', 1, 1],
    ['observed + env == "x"', 'CONDITION_TYPE_MISMATCH', 1, 1],
    ['(args.a ? 1 : "x") == args.b', 'CONDITION_TYPE_MISMATCH', 1, 15],
    ['labels[-1] == "a"', 'CONDITION_TYPE_MISMATCH', 1, 8],
    ['labels[0.5] == "a"', 'CONDITION_TYPE_MISMATCH', 1, 8],
    ['request[env] == "a"', 'CONDITION_TYPE_MISMATCH', 1, 1],
    ['observed', 'CONDITION_NOT_BOOLEAN', 1, 1],
    ['"x"', 'CONDITION_NOT_BOOLEAN', 1, 1],
    ['env.matches("(a+)+$")', 'CONDITION_REGEX', 1, 1],
    ['observed % 2 == 0', 'CONDITION_UNSUPPORTED', 1, 1],
    ['timestamp(env) > timestamp("2026-01-01T00:00:00Z")', 'CONDITION_UNSUPPORTED', 1, 1],
    ['args.at.getHours("Europe/Berlin") > 5', 'CONDITION_UNSUPPORTED', 1, 1],
    ['labels.map(l, l) == []', 'CONDITION_UNSUPPORTED', 1, 1],
    ['cel.bind(x, 5, x > 3)', 'CONDITION_UNSUPPORTED', 1, 1],
    ['{"a": 1} == args', 'CONDITION_UNSUPPORTED', 1, 1],
    ['5u > observed', 'CONDITION_UNSUPPORTED', 1, 1],
    ['b"x" == args.b', 'CONDITION_UNSUPPORTED', 1, 1],
    ['has(args)', 'CONDITION_UNSUPPORTED', 1, 1],
    ['args.n == 9007199254740993', 'CONDITION_NUMBER', 1, 11],
    [
      'labels.all(a, labels.all(b, labels.all(c, labels.all(d, labels.all(e, a == e)))))',
      'CONDITION_TOO_COMPLEX',
      1,
      57,
    ],
    ['labels.all(a, labels.all(a, a == "x"))', 'CONDITION_TOO_COMPLEX', 1, 15],
    [`${'('.repeat(2000)}true${')'.repeat(2000)}`, 'CONDITION_TOO_COMPLEX', 1, 33],
    [`${'!'.repeat(4000)}true`, 'CONDITION_TOO_COMPLEX', 1, 3489],
    [`${'true && '.repeat(500)}true`, 'CONDITION_TOO_COMPLEX', 1, 1],
    [`env == "${'x'.repeat(4096)}"`, 'CONDITION_TOO_LONG', 1, 4097],
  ])('%s', (source, code, line, column) => {
    const error = refusal(() => compileCondition(source));
    expect([error.code, error.details.line, error.details.column]).toEqual([code, line, column]);
  });
});

describe('refused schemas', () => {
  it.each([
    ['text', '/'],
    [{ type: 'text' }, '/type'],
    [{ type: 'object', properties: [] }, '/properties'],
    [{ properties: { a: { $ref: '#/x' } } }, '/properties/a/$ref'],
    [{ anyOf: [] }, '/anyOf'],
    [{ type: 'array', items: { type: 'bool' } }, '/items/type'],
    [{ enum: 'a' }, '/enum'],
    [{ type: 'string', enum: 'a' }, '/enum'],
    [{ type: [] }, '/type'],
    [{ type: 'object', required: 'a' }, '/required'],
    [{ type: 'number', minimum: '5' }, '/minimum'],
    [{ type: 'string', maxLength: -1 }, '/maxLength'],
  ])('%j', (schema, place) => {
    const error = refusal(() => typeOfSchema(schema));
    expect(error.code).toBe('CONDITION_SCHEMA');
    expect(error.message).toContain(`"${place}"`);
  });

  it('stops at a schema that contains itself', () => {
    const schema: Record<string, unknown> = { type: 'array' };
    schema.items = schema;
    expect(refusal(() => typeOfSchema(schema)).code).toBe('CONDITION_SCHEMA');
  });
});
