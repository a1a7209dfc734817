import { createDiscloser, type Disclosure } from '@spanforge/core-events';
import { describe, expect, test } from 'vitest';
import { addPast, factsOf, NO_PAST } from './past-trace.js';

const LIMITS = { maxCalls: 10, maxBytes: 10_000_000 };
const disclose = createDiscloser();

const factOf = (args: Disclosure, value: Disclosure) => {
  const entry = { callId: 'c1', tool: 'pay', kind: 'result', labels: ['x'], endedAt: 1 } as const;
  return factsOf(addPast(NO_PAST, { ...entry, args, value }, LIMITS))?.[0];
};

describe('the fact of a call', () => {
  test.each<[string, unknown]>([
    ['plain data', { amount: 5, list: [1, { deep: null }], text: 'a "b" \u{1f600}' }],
    ['numbers at their limits', [-0, 1e-7, 2 ** 53 - 1, 5e-324]],
    ['a member called __proto__', JSON.parse('{"__proto__":{"x":1}}')],
    ['a text', 'done'],
    ['a long text', 'x'.repeat(1_000_001)],
  ])('is the same for %s, made here or read from the log, and cannot change', (_, value) => {
    const [args, result] = [disclose('args', value), disclose('result', value)];
    const made = factOf(args, result);
    expect(made).toStrictEqual(factOf({ ...args }, { ...result }));
    expect(made?.result).toEqual(JSON.parse(JSON.stringify(value)));
    expect([made, made?.args, made?.result].every((one) => Object.isFrozen(one))).toBe(true);
  });

  test('is what the disclosure says, not what another of this process said', () => {
    const [args, other] = [disclose('args', { amount: 1 }), disclose('args', { amount: 2 })];
    const posing = { ...args, encoded: other.encoded, digest: other.digest };
    expect(factOf(posing, Object.create(args) as Disclosure)).toMatchObject({
      args: { amount: 2 },
      result: { amount: 1 },
    });
  });
});
