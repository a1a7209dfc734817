import { describe, expect, it } from 'vitest';
import { typeOfSchema } from './json-schema.js';
import { compileNamedCondition } from './named.js';

const number = typeOfSchema({ type: 'number' });
const names = {
  p99_latency_ms: number,
  failures: typeOfSchema({ type: 'array', items: { type: 'string' } }),
};

describe('a condition over declared names', () => {
  it('decides on the values it is given', () => {
    const condition = compileNamedCondition('p99_latency_ms < 2000', names);
    expect(condition.fields).toEqual(['p99_latency_ms']);
    expect(condition.evaluate({ p99_latency_ms: 1999 })).toEqual({ value: true });
    expect(condition.evaluate({ p99_latency_ms: 2000 })).toEqual({ value: false });
    expect(condition.evaluate({})).toEqual({
      value: 'indeterminate',
      reason: 'missing_value',
      path: 'p99_latency_ms',
    });
    expect(condition.read({ p99_latency_ms: 7, other: 1 })).toEqual({ p99_latency_ms: 7 });
  });

  it.each([
    ['p98_latency_ms < 2000', 'CONDITION_UNKNOWN_NAME'],
    ['request.tool == "x"', 'CONDITION_UNKNOWN_NAME'],
    ['args.x == 1', 'CONDITION_UNKNOWN_NAME'],
    ['p99_latency_ms == "slow"', 'CONDITION_TYPE_MISMATCH'],
    ['p99_latency_ms', 'CONDITION_NOT_BOOLEAN'],
    ['process.exit()', expect.stringMatching(/^CONDITION_/)],
    ['constructor.constructor("return 1")()', expect.stringMatching(/^CONDITION_/)],
    [`p99_latency_ms < ${'1'.repeat(100_000)}`, expect.stringMatching(/^CONDITION_/)],
  ])('Y-11: refuses %.40s', (source, code) => {
    const declared = { ...names, args: number };
    expect(() => compileNamedCondition(source, declared)).toThrow(
      expect.objectContaining({ code }),
    );
  });
});
