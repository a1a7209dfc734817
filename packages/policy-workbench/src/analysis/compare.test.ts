import { readFileSync } from 'node:fs';
import { compileBundle, type PolicyBundle, parseBundle } from '@spanforge/policy';
import { parseBundleYaml } from '@spanforge/policy/yaml';
import { describe, expect, it } from 'vitest';
import { compareBundles } from '../index.js';
import { search } from './search.js';
import { createVariable, type Test } from './variable.js';

function build(rules: readonly object[], head: object = {}): PolicyBundle {
  return parseBundle({
    policy_id: 'p',
    version: '1',
    environment: 'prod',
    owner: 'o',
    effective_at: '2026-01-01T00:00:00Z',
    ...head,
    rules: rules.map((rule, i) => ({
      rule_id: `r${i}`,
      service: 'sf_govern',
      control: 'tool_call',
      action: 'block',
      ...rule,
    })),
  });
}

const one = (when: string, more: object = {}) => build([{ when, ...more }]);
const at = (time: number | undefined) => new Date(time ?? Number.NaN).toISOString();

describe('a comparison finds never looser', () => {
  it.each([
    ['itself', one('args.n > 1'), one('args.n > 1')],
    ['a wider condition', one('args.n > 5'), one('args.n > 1 || args.n < -3')],
    ['a wider prefix', one('args.to.startsWith("ab")'), one('args.to.startsWith("a")')],
    ['a part of a suffix', one('args.to.endsWith("@x.y")'), one('args.to.contains("@x")')],
    ['a wider set', one('args.n in [1, 2]'), one('args.n in [3, 2, 1]')],
    ['one night hour more', one('time.hour < 6'), one('time.hour < 7')],
    ['a weekday beside the night', one('time.hour < 6'), one('time.hour < 6 || time.weekday == 1')],
    ['the same words outside the fragment', one('size(args.a) > 1'), one('size(args.a) > 1')],
    [
      'the same beside a new rule',
      one('size(args.a) > 1'),
      build([{ when: 'size(args.a) > 1' }, {}]),
    ],
    ['a redaction of the whole', ...redactions('args.a.b', 'args.a')],
    [
      'a block without redaction',
      ...redactions('args.a', 'args.a', { action: 'block', redact: undefined }),
    ],
    [
      'a stricter default',
      build([{ enabled: false }]),
      build([{ enabled: false }], { default: 'redact' }),
    ],
  ] as const)('for %s', (_name, baseline, candidate) => {
    const { looserOn: _, ...result } = compareBundles(baseline, candidate);
    expect(result).toMatchObject({ verdict: 'never_looser', unknownOn: [] });
  });
});

function redactions(before: string, after: string, more: object = {}) {
  const base = { action: 'redact', redact: [{ path: before }] };
  const next = JSON.parse(
    JSON.stringify({ ...base, redact: [{ path: after }], ...more }),
  ) as object;
  return [build([base]), build([next])] as const;
}

describe('a comparison finds a request', () => {
  it('under a raised limit', () => {
    const limit = (n: number) =>
      one(`args.amount > ${n}`, { target: { tools: ['pay', 'refund_*'] } });
    const result = compareBundles(limit(1000), limit(5000));
    expect(result.verdict).toBe('looser');
    expect(result.witness).toMatchObject({ tool: 'pay', args: { amount: 1001 } });
    expect(result.baselineVerdict?.outcome).toBe('block');
    expect(result.candidateVerdict?.outcome).toBe('allow');
    expect(result.looserOn.map(({ ruleId }) => ruleId)).toEqual(['r0']);
    expect(result.stricterOn).toEqual([]);
  });

  it('whose redaction is lost, though the outcome is stricter', () => {
    const result = compareBundles(...redactions('args.a', 'args.b', { action: 'human_review' }));
    expect(result.candidateVerdict).toMatchObject({ outcome: 'human_review' });
    expect(result.verdict).toBe('looser');
  });

  it('where only the defaults decide', () => {
    const result = compareBundles(build([{}], { default: 'block' }), build([{}]));
    expect(result.witness).toMatchObject({ service: 'sf_scope' });
    expect(result.looserOn[0]?.ruleId).toBeUndefined();
  });

  it('that a value of another type makes', () => {
    const result = compareBundles(
      one('args.n > 1'),
      one('args.n > 1', { on_error: 'allow', action: 'human_review' }),
    );
    expect(result.verdict).toBe('looser');
    const typed = compareBundles(
      one('args.n > 1', { action: 'allow' }),
      one('has(args.n) && args.n > 1', { action: 'allow' }),
    );
    expect(typed.witness).not.toHaveProperty('args.n');
  });

  it('at an hour of the zone', () => {
    const night = (hour: number) =>
      build([{ when: `time.hour < ${hour}` }], { zone: 'Europe/Berlin' });
    const result = compareBundles(night(6), night(5));
    expect(at(result.witness?.time)).toMatch(/T04:/);
    const elsewhere = compareBundles(night(6), build([{ when: 'time.hour < 6' }]));
    expect(elsewhere.verdict).toBe('looser');
  });

  it('on a day of the calendar', () => {
    const closed = one('time.month == 12 && time.day == 25');
    const result = compareBundles(
      closed,
      one('time.month == 12 && time.day == 25 && time.weekday != 1'),
    );
    expect(at(result.witness?.time)).toMatch(/^20..-12-25T/);
    expect(new Date(result.witness?.time ?? 0).getUTCDay()).toBe(1);
  });

  it('though some other rule cannot be analysed', () => {
    const odd = { when: 'size(args.rows) > 3', target: { tools: ['x'] } };
    const result = compareBundles(build([odd, { target: { tools: ['y'] } }]), build([odd]));
    expect(result).toMatchObject({ verdict: 'looser', witness: { tool: 'y' }, unknownOn: [] });
  });
});

describe('outside the fragment', () => {
  const verdictOf = (before: string, after: string) =>
    compareBundles(one(before), one(after)).verdict;

  it.each([
    ['size(args.a) > 1', 'size(args.a) > 0'],
    ['args.a.exists(x, x.n > 5 && x.s == "a")', 'args.a.exists(x, x.n > 4)'],
    ['!args.a.all(x, x.n > 5)', '!args.a.all(x, x.n > 6)'],
    ['instant(args.at) + 5 <= time.epoch', 'instant(args.at) + 4 <= time.epoch'],
    ['size(args.a) in [1, 2]', 'size(args.a) in [2, 1, 3]'],
    ['args.a + args.b > 1 && args.c', 'args.a + args.b > 1'],
  ])('%s is never looser as %s, and the other way round is', (before, after) => {
    expect(verdictOf(before, after)).toBe('never_looser');
    expect(verdictOf(after, before)).toBe('looser');
  });

  it.each([
    ['args.a.exists(x, x.n == x.m)', 'args.a.exists(x, x.n == x.m && x.n > 3)'],
    ['args.n != 2 * size(args.rows)', 'args.n != 3 * size(args.rows)'],
    ['size(args.rows.filter(x, x.s.startsWith("a"))) > 1', 'size(args.rows) > 2'],
    ['!args.rows.all(x, x.id in args.known)', '!args.rows.all(x, x.id in args.known || x.ok)'],
    ['size(args.a) == 1', 'size(args.a) != 1'],
    [
      '!args.rows.all(x, x.id in args.known)',
      '!args.rows.all(x, x.id in args.known) && args.n == 1',
    ],
    ['!(args.a.b.exists(x, x.n == args.n))', '!(args.a.b.exists(x, x.n >= args.n))'],
  ])('%s is looser as %s, and a request shows it', (before, after) => {
    expect(verdictOf(before, after)).toBe('looser');
  });
});

describe('outside the fragment, between rules that block what they cannot decide', () => {
  const schema = {
    type: 'object',
    properties: {
      rows: {
        type: 'array',
        items: { type: 'object', properties: { id: { type: 'string' } } },
      },
      known: { type: 'object', additionalProperties: true },
      count: { type: 'number' },
      currency: { type: 'string' },
    },
  };
  const head = { tools: { pay: { effect: 'write', schema } } };
  const target = { tools: ['pay'] };
  const known = { when: '!args.rows.all(x, x.id in args.known)', target };
  const few = { when: 'size(args.rows.filter(x, x.id.startsWith("a"))) > 1', target };
  const many = { when: 'args.count != 2 * size(args.rows)', target };

  it('keys of a map that is declared are written as keys', () => {
    const [all, fewer, without] = [
      [known, few, many],
      [known, many],
      [few, many],
    ].map((rules) => build(rules, head));
    for (const [before, after] of [
      [all, fewer],
      [all, without],
    ]) {
      const { verdict, witness } = compareBundles(before as PolicyBundle, after as PolicyBundle);
      expect(verdict).toBe('looser');
      expect(compileBundle(after as PolicyBundle).decide(witness as never).outcome).toBe('allow');
    }
  });

  it('a doubt that is stricter than the rule is looked for', () => {
    const review = (when: string) => ({ when, target, action: 'human_review' });
    const before = build([known, review('size(args.rows) > 1 && args.currency != "x"')], head);
    const after = build([known, review('size(args.rows) > 1')], head);
    const { verdict, witness } = compareBundles(before, after);
    expect(verdict).toBe('looser');
    expect(witness?.args).not.toHaveProperty('currency', expect.any(String));
  });
});

describe('a comparison does not know', () => {
  it.each([
    ['two sums that are the same', 'args.a + args.b > 1', 'args.b + args.a > 1'],
    [
      'a day no calendar has',
      'time.month == 2 && time.day == 30',
      'time.month == 2 && time.day == 31',
    ],
  ])('%s', (_name, before, after) => {
    const result = compareBundles(one(before), one(after));
    const place = { service: 'sf_govern', control: 'tool_call', ruleId: 'r0' };
    expect(result).toEqual({
      verdict: 'unknown',
      looserOn: [],
      stricterOn: [],
      unknownOn: [{ ...place, reason: 'not_analysable' }],
    });
  });

  it('what takes too many steps', () => {
    const result = compareBundles(one('args.n > 1'), one('args.n > 0'), { maxSteps: 2 });
    expect(result.verdict).toBe('unknown');
    expect(result.unknownOn[0]?.reason).toBe('too_large');
  });

  it('no test of a rule more than it has steps for', () => {
    let asked = 0;
    const values = Array.from({ length: 14 }, () => createVariable('v', [true, false]));
    const test: Test = (assignment) => {
      asked += 1;
      const open = values.find((one) => assignment.choice(one) === undefined);
      return open ?? false;
    };
    const budget = { steps: 1000 };
    expect(search([test], budget, () => true)).toBe('exhausted');
    expect([asked, budget.steps]).toEqual([1000, 0]);
  });

  it('what has too many parts', () => {
    const parts = [...'abcdefghij'].map((part) => `args.s.contains("${part}")`).join(' && ');
    const more = one(`${parts} && args.s.contains("k")`);
    expect(compareBundles(one(parts), more).unknownOn[0]?.reason).toBe('too_large');
  });
});

describe('a comparison stays small', () => {
  it('where most rules are as they were', () => {
    const rules = Array.from({ length: 2000 }, (_, i) => ({
      when: `args.a > ${i}`,
      target: { tools: [`t${i}`] },
    }));
    const raised = rules.map((rule, i) => (i === 1234 ? { ...rule, when: 'args.a > 5000' } : rule));
    const result = compareBundles(build(rules), build(raised), { maxSteps: 100_000 });
    expect(result).toMatchObject({ verdict: 'looser', unknownOn: [], witness: { tool: 't1234' } });
  });

  it('over many rules on many values', () => {
    const rules = Array.from({ length: 60 }, (_, i) => ({
      when: `args.a${i} > ${i} || args.b${i} == "x"`,
      action: 'redact',
      redact: [{ path: `args.c${i}` }],
    }));
    const same = compareBundles(build(rules), build([...rules, { when: 'env == "q"' }]));
    expect(same.verdict).toBe('never_looser');
    const raised = rules.map((rule, i) => (i === 40 ? { ...rule, when: 'args.a40 > 41' } : rule));
    const looser = compareBundles(build(rules), build(raised));
    expect(looser.looserOn.map(({ ruleId }) => ruleId)).toEqual(['r40']);
  });
});

it('compares an example with its next version', () => {
  const text = readFileSync(
    new URL('../../../policy/examples/refunds.yaml', import.meta.url),
    'utf8',
  );
  const baseline = parseBundleYaml(text);
  const raised = parseBundleYaml(text.replace('args.amount > 1000', 'args.amount > 2000'));
  const { looserOn, stricterOn } = compareBundles(baseline, raised);
  expect(looserOn.map(({ ruleId }) => ruleId)).toEqual(['refund-large']);
  const [{ witness }] = looserOn as [(typeof looserOn)[0]];
  expect(witness.args).toEqual({ amount: 1001, currency: 'EUR' });
  expect(compileBundle(baseline).decide(witness).outcome).toBe('human_review');
  expect(compileBundle(raised).decide(witness).outcome).toBe('redact');
  // Where the currency is missing, the higher limit decides fewer refunds, and blocks the others.
  expect(stricterOn[0]?.witness.args).toEqual({ amount: 1001 });
  expect(stricterOn[0]?.candidateVerdict.outcome).toBe('block');
});

describe('facts', () => {
  const withFact = (from: string, result: object) =>
    parseBundle({
      policy_id: 'p',
      version: '1',
      environment: 'prod',
      owner: 'o',
      effective_at: '2026-01-01T00:00:00Z',
      tools: { a: { effect: 'read', result }, b: { effect: 'read', result } },
      facts: { seen: { from } },
      rules: [
        {
          rule_id: 'r',
          service: 'sf_govern',
          control: 'tool_call',
          action: 'block',
          when: 'facts.seen.n > 5',
        },
      ],
    });
  const result = { type: 'object', properties: { n: { type: 'number' } } };

  it('of one name are one thing only where they come about alike', () => {
    const described = { ...result, description: 'says no more' };
    expect(compareBundles(withFact('a', result), withFact('a', described)).verdict).toBe(
      'never_looser',
    );
    expect(compareBundles(withFact('a', result), withFact('b', result)).verdict).toBe('unknown');
    // A value of another type than is declared is read by one of the two alone.
    const other = withFact('a', { type: 'object', additionalProperties: true });
    expect(compareBundles(withFact('a', result), other).verdict).toBe('unknown');
  });
});
