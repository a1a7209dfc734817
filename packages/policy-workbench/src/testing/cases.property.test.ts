import { compileCondition } from '@spanforge/condition';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { printCondition } from '../condition/print-condition.js';
import type { PolicyCase } from './case.js';
import { parseCasesYaml } from './parse-cases.js';
import { formatCases } from './write-cases.js';

/** What a file can hold: no key `__proto__`, no integers beyond 2^53 - 1. */
const plain = fc
  .jsonValue({ maxDepth: 3 })
  .map((value) =>
    JSON.parse(JSON.stringify(value).replaceAll('"__proto__"', '"p"'), (_key, part) =>
      Number.isInteger(part) && !Number.isSafeInteger(part) ? 0.5 : part,
    ),
  );
const name = fc
  .string({ minLength: 1, maxLength: 20, unit: 'grapheme' })
  .filter((text) => text !== '__proto__');

const policyCase: fc.Arbitrary<PolicyCase> = fc
  .record({
    args: plain,
    facts: fc.dictionary(
      name,
      plain.filter((value) => value !== undefined),
      { maxKeys: 3 },
    ),
    labels: fc.array(name, { maxLength: 3 }),
    tool: name,
    time: fc.integer({ min: 0, max: 4_102_444_800_000 }),
    triggered: fc.array(name, { maxLength: 3 }),
  })
  .map(({ triggered, ...request }) => ({
    name: 'a',
    request: { service: 'sf_govern', control: 'tool_call', ...request },
    expect: { outcome: 'allow' as const, triggered },
  }));

it('cases are read as they were written, whatever is in them', () => {
  fc.assert(
    fc.property(policyCase, (one) => {
      const suite = { stages: 'as_written', cases: [one] } as const;
      expect(parseCasesYaml(formatCases(suite))).toEqual(JSON.parse(JSON.stringify(suite)));
    }),
    { numRuns: 300 },
  );
});

const atom = fc.constantFrom(
  'args.a > 1',
  'args["b c"] == "x\\"y"',
  'size(args.l) >= 2',
  'has(args.m.n)',
  '!args.f',
  'args.l.exists(v, v.k < 3 && args.a in [1, -2.5, 3])',
  'args.l.all(v, v.k != null)',
  'size(args.l.filter(v, v.k > 1)) > 0',
  'args.s.startsWith("x") || args.s.lowerAscii().contains("y")',
  '(args.f ? args.a : 2) + 1 < 3 * -args.a',
  'args.l[0].k == 1',
  'instant(args.s) < 5',
  'args.s in args.m',
);
const condition: fc.Arbitrary<string> = fc.letrec<{ node: string }>((tie) => ({
  node: fc.oneof(
    { maxDepth: 3 },
    atom,
    fc
      .tuple(tie('node'), fc.constantFrom('&&', '||'), tie('node'))
      .map(([a, op, b]) => `(${a} ${op} ${b})`),
    tie('node').map((inner) => `!(${inner})`),
  ),
})).node;

const input = fc.record(
  {
    a: fc.constantFrom(0, 1, 2, 3, -2.5, 'x'),
    'b c': fc.constantFrom('x"y', 'z'),
    f: fc.boolean(),
    s: fc.constantFrom('x', 'xY', '2024-01-01T00:00:00Z'),
    l: fc.array(fc.record({ k: fc.constantFrom(0, 1, 2, null) }), { maxLength: 3 }),
    m: fc.constantFrom({ n: 1 }, { x: 1 }, {}),
  },
  { requiredKeys: [] },
);

it('conditions mean the same when they are printed', () => {
  fc.assert(
    fc.property(condition, input, (source, args) => {
      const given = compileCondition(source);
      const printed = compileCondition(printCondition(given.expression));
      const request = { request: { args } };
      expect(printed.evaluate(request).value).toBe(given.evaluate(request).value);
      expect(printed.fields).toEqual(given.fields);
    }),
    { numRuns: 1000 },
  );
});
