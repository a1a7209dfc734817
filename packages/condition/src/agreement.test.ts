import { Environment } from '@marcbachmann/cel-js';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type ConditionInput,
  type ConditionResult,
  compileCondition,
  type Fragment,
} from './index.js';

const number = fc.constantFrom('1.0', '2.5', '-3.0', 'args.n', 'args.m', 'observed');
const text = fc.constantFrom('"a"', '"ab"', '""', 'args.s', 'env');
const list = fc.constantFrom('args.l', 'labels', '["a", "ab"]');

const numeric: fc.Arbitrary<string> = fc.oneof(
  { weight: 3, arbitrary: number },
  fc.tuple(number, fc.constantFrom('+', '-', '*'), number).map(([a, op, b]) => `(${a} ${op} ${b})`),
  list.map((values) => `double(size(${values}))`),
);

const test: fc.Arbitrary<string> = fc.oneof(
  fc
    .tuple(numeric, fc.constantFrom('<', '<=', '>', '>=', '==', '!='), numeric)
    .map(([a, op, b]) => `${a} ${op} ${b}`),
  fc.tuple(text, fc.constantFrom('==', '!='), text).map(([a, op, b]) => `${a} ${op} ${b}`),
  fc.tuple(text, list).map(([a, b]) => `${a} in ${b}`),
  fc.tuple(number, number).map(([a, b]) => `${a} in [${b}]`),
  fc
    .tuple(text, fc.constantFrom('startsWith', 'endsWith', 'contains'), text)
    .map(([a, op, b]) => `${a}.${op}(${b})`),
  fc
    .tuple(list, fc.constantFrom('all', 'exists'), text)
    .map(([a, op, b]) => `${a}.${op}(v, v == ${b})`),
  fc.constantFrom(
    'has(args.n)',
    'has(args.zz)',
    'args.b',
    'args.b == true',
    'true',
    'false',
    'args.s == null',
  ),
);

const source = fc.letrec<{ node: string }>((tie) => ({
  node: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    test,
    fc.tuple(tie('node'), tie('node')).map(([a, b]) => `(${a}) && (${b})`),
    fc.tuple(tie('node'), tie('node')).map(([a, b]) => `(${a}) || (${b})`),
    tie('node').map((a) => `!(${a})`),
    fc
      .tuple(tie('node'), tie('node'), tie('node'))
      .map(([a, b, c]) => `((${a}) ? (${b}) : (${c}))`),
  ),
})).node;

const string = fc.constantFrom('', 'a', 'ab', 'b');
const args = fc.record(
  {
    n: fc.constantFrom(1, 2.5, -3, 0),
    m: fc.constantFrom(1, 2, 1000.5),
    s: string,
    b: fc.boolean(),
    l: fc.array(string, { maxLength: 3 }),
  },
  { requiredKeys: [] },
);
const input: fc.Arbitrary<ConditionInput> = fc
  .record(
    {
      args,
      env: string,
      labels: fc.array(string, { maxLength: 3 }),
      observed: fc.double({ noNaN: true, noDefaultInfinity: true, min: -5, max: 5 }),
    },
    { requiredKeys: ['args'] },
  )
  .map(({ args: values, ...rest }) => ({ request: { args: values }, ...rest }) as ConditionInput);

const cel = new Environment({ unlistedVariablesAreDyn: true });

function oracle(expression: string, given: ConditionInput): boolean | 'error' {
  try {
    const { request, ...rest } = given;
    const value: unknown = cel.parse(expression)({ args: request?.args, request, ...rest });
    return typeof value === 'boolean' ? value : 'error';
  } catch {
    return 'error';
  }
}

describe('agreement', () => {
  it('with the Common Expression Language on well-typed values', () => {
    let decided = 0;
    fc.assert(
      fc.property(source, input, (expression, given) => {
        const ours = compileCondition(expression.replaceAll('double(size', '(size')).evaluate(
          given,
        );
        const theirs = oracle(expression, given);
        if (theirs !== 'error') decided += 1;
        expect(ours.value).toBe(theirs === 'error' ? 'indeterminate' : theirs);
      }),
      { numRuns: 5000 },
    );
    expect(decided).toBeGreaterThan(1000);
  });

  it('of the fragment with the evaluation', () => {
    let analysed = 0;
    fc.assert(
      fc.property(source, input, (expression, given) => {
        const condition = compileCondition(expression.replaceAll('double(size', '(size'));
        if (condition.fragment === undefined) return;
        analysed += 1;
        const values = condition.read(given);
        expect(condition.evaluate(given).value).toBe(interpret(condition.fragment, values));
      }),
      { numRuns: 5000 },
    );
    expect(analysed).toBeGreaterThan(500);
  });
});

describe('totality', () => {
  it('never throws, whatever the input', () => {
    const conditions = [
      'args.a.b > 5 && args.l.all(x, x.y == "z") || size(args.a) > 2',
      'args.l[args.i] == args["k"] || args.s.contains(args.t)',
      '-args.n + observed > 5 ? labels.exists(l, l == env) : context.deep.er == null',
    ].map((condition) => compileCondition(condition));
    fc.assert(
      fc.property(fc.anything(), fc.anything(), (values, rest) => {
        const given = { request: { args: values }, labels: rest, context: rest, observed: rest };
        for (const condition of conditions) {
          const result: ConditionResult = condition.evaluate(given as ConditionInput);
          expect([true, false, 'indeterminate']).toContain(result.value);
          expect(condition.evaluate(values as ConditionInput).value).toBeDefined();
        }
      }),
      { numRuns: 3000 },
    );
  });

  it('compiles or refuses with a code, whatever the source', () => {
    const token = fc.constantFrom(
      ...'args actor env labels x 1 2.5 "a" true null . [ ] ( ) , && || ! - + * / % < == in ? : has size all matches'.split(
        ' ',
      ),
    );
    fc.assert(
      fc.property(
        fc.array(token, { maxLength: 12 }),
        fc.string({ maxLength: 5 }),
        (tokens, noise) => {
          try {
            compileCondition(tokens.join(' ') + noise);
          } catch (error) {
            expect(error).toMatchObject({ code: expect.stringMatching(/^CONDITION_/) });
          }
        },
      ),
      { numRuns: 5000 },
    );
  });
});

type Truth = ConditionResult['value'];

/** The meaning of the data form, written a second time and slowly. */
function interpret(fragment: Fragment, values: Readonly<Record<string, unknown>>): Truth {
  if (fragment.op === 'constant') return fragment.value;
  if (fragment.op === 'not') {
    const value = interpret(fragment.term, values);
    return value === 'indeterminate' ? value : !value;
  }
  if ('terms' in fragment) {
    const deciding = fragment.op === 'or';
    const outcomes = fragment.terms.map((term) => interpret(term, values));
    if (outcomes.includes(deciding)) return deciding;
    return outcomes.includes('indeterminate') ? 'indeterminate' : !deciding;
  }
  return testPath(fragment, values);
}

function testPath(
  fragment: Extract<Fragment, { path: string }>,
  values: Readonly<Record<string, unknown>>,
): Truth {
  const present = Object.hasOwn(values, fragment.path);
  if (fragment.op === 'has') return present;
  return present ? testValue(fragment, values[fragment.path]) : 'indeterminate';
}

function testValue(fragment: Extract<Fragment, { path: string }>, value: unknown): Truth {
  const number = typeof value === 'number' ? value : Number.NaN;
  const word = String(value);
  switch (fragment.op) {
    case 'holds':
      return typeof value === 'boolean' ? value : 'indeterminate';
    case '==':
      return value === fragment.value;
    case '!=':
      return value !== fragment.value;
    case '<':
      return number < Number(fragment.value);
    case '<=':
      return number <= Number(fragment.value);
    case '>':
      return number > Number(fragment.value);
    case '>=':
      return number >= Number(fragment.value);
    case 'in':
      return fragment.values.some((candidate) => candidate === value);
    case 'member':
      return (value as readonly unknown[]).includes(fragment.value);
    case 'startsWith':
      return word.startsWith(fragment.value);
    case 'endsWith':
      return word.endsWith(fragment.value);
    case 'contains':
      return word.includes(fragment.value);
    default:
      throw new Error(`not a test: ${fragment.op}`);
  }
}
