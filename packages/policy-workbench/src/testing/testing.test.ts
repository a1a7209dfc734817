import { PolicyError } from '@spanforge/policy';
import { parseBundleYaml } from '@spanforge/policy/yaml';
import { describe, expect, it } from 'vitest';
import { coverCases } from './coverage.js';
import { mutantsOf } from './mutants.js';
import { testMutants } from './mutation.js';
import { parseCases, parseCasesJson, parseCasesYaml } from './parse-cases.js';
import { runCases } from './run-cases.js';
import { BUNDLE, CASES } from './test-suite.js';
import { appendCases, formatCases } from './write-cases.js';

const suite = parseCasesYaml(CASES);

function refusal(read: () => unknown): PolicyError {
  try {
    read();
  } catch (error) {
    if (PolicyError.is(error)) return error;
    throw error;
  }
  throw new Error('was accepted');
}

describe('cases', () => {
  it.each([
    ['an unknown key', 'cases:\n  - { name: a, tol: x, expect: { outcome: allow } }', 2, 16],
    ['an unknown outcome', 'cases:\n  - { name: a, expect: { outcome: maybe } }', 2, 35],
    [
      'an unknown expectation',
      'cases: [{ name: a, expect: { outcome: allow, trigered: [] } }]',
      1,
      46,
    ],
    ['no cases', 'cases: []', 1, 8],
    ['no expectation', 'cases:\n  - name: a', 2, 5],
    [
      'a name twice',
      'cases:\n  - { name: a, expect: { outcome: allow } }\n  - { name: a, expect: { outcome: block } }',
      3,
      13,
    ],
    ['a time that is none', 'cases: [{ name: a, time: soon, expect: { outcome: allow } }]', 1, 26],
    ['two documents', 'cases: []\n---\ncases: []', 2, 1],
    ['a duplicate key', 'cases: []\ncases: []', 2, 1],
    [
      'a number that is none',
      'cases: [{ name: a, observed: .nan, expect: { outcome: allow } }]',
      1,
      30,
    ],
  ])('%s is refused with its place', (_name, text, line, column) => {
    const error = refusal(() => parseCasesYaml(text, { file: 'c.yaml' }));
    expect(error.code).toBe('POLICY_CASES_INVALID');
    expect(error.problems[0]).toMatchObject({ file: 'c.yaml', line, column });
  });

  it('are the same in JSON, and as data', () => {
    const data = { cases: [{ name: 'a', tool: 'refund', expect: { outcome: 'allow' } }] };
    const read = parseCases(data);
    expect(parseCasesJson(JSON.stringify(data))).toEqual(read);
    expect(read).toEqual({
      stages: 'as_written',
      cases: [
        {
          name: 'a',
          request: { service: 'sf_govern', control: 'tool_call', tool: 'refund' },
          expect: { outcome: 'allow' },
        },
      ],
    });
    expect(refusal(() => parseCasesJson('{"cases":[],"cases":[]}')).code).toBe(
      'POLICY_CASES_INVALID',
    );
  });

  it('are written as they are read', () => {
    expect(parseCasesYaml(formatCases(suite))).toEqual(suite);
    expect(parseCasesYaml(formatCases({ ...suite, stages: 'ended' })).stages).toBe('ended');
  });

  it('can be added to, comments kept and names free', () => {
    const [first] = suite.cases;
    if (first === undefined) throw new Error('there are cases');
    const text = appendCases(`# kept\n${CASES}`, [first, first]);
    expect(text).toContain('# kept');
    const { cases } = parseCasesYaml(text);
    expect(cases.slice(0, 8)).toEqual(suite.cases);
    expect(cases.slice(8).map(({ name }) => name)).toEqual([
      'at the limit (2)',
      'at the limit (3)',
    ]);
    expect(cases[8]?.request).toEqual(first.request);
  });
});

describe('adding cases', () => {
  const [first] = suite.cases;
  const added = first === undefined ? [] : [first];

  it.each([
    ['in one line', 'cases: [{ name: a, expect: { outcome: allow } }]'],
    ['not at the end', 'cases:\n  - { name: a, expect: { outcome: allow } }\nstages: ended'],
    ['with defaults that change what is added', `defaults: { labels: [x] }\n${formatCases(suite)}`],
  ])('is refused to a list %s', (_name, text) => {
    expect(refusal(() => appendCases(text, added)).code).toBe('POLICY_CASES_INVALID');
  });
});

describe('running cases', () => {
  it('passes where the bundle says what is expected', () => {
    expect(runCases(BUNDLE, suite).filter(({ passed }) => !passed)).toEqual([]);
  });

  it('tells what differs, part by part', () => {
    const wrong = parseCases({
      cases: [
        {
          name: 'all wrong',
          tool: 'refund',
          args: { order: 'A', amount: 101, lines: [] },
          env: 'prod',
          facts: { order: { paid: true } },
          expect: {
            outcome: 'block',
            triggered: ['paid-orders-only'],
            indeterminate: ['large-waits'],
            shadow: ['large-waits'],
            silent: ['large-waits'],
            obligations: [],
            reason_code: 'default',
          },
        },
      ],
    });
    const [result] = runCases(BUNDLE, wrong);
    expect(result?.differences).toEqual([
      { part: 'outcome', expected: 'block', actual: 'human_review' },
      { part: 'triggered', expected: ['paid-orders-only'], actual: ['large-waits'] },
      { part: 'indeterminate', expected: ['large-waits'], actual: [] },
      { part: 'shadow', expected: ['large-waits'], actual: [] },
      { part: 'silent', expected: ['large-waits'], actual: ['large-waits'] },
      {
        part: 'obligations',
        expected: [],
        actual: [{ kind: 'redact', target: 'args', path: 'order' }],
      },
      { part: 'reason_code', expected: 'default', actual: 'rule_triggered' },
    ]);
  });

  it('judges a shadow as what it will be, when told so', () => {
    const bundle = parseBundleYaml(`
policy_id: p
version: "1"
environment: prod
owner: tests
effective_at: "2026-01-01T00:00:00Z"
facts: { spent: { sum: args.amount, window: 1d } }
rules:
  - rule_id: soon
    service: sf_govern
    control: tool_call
    when: facts.spent > 10
    action: block
    stage: { mode: shadow, until: "2027-01-01T00:00:00Z" }
`);
    const one = (outcome: string, more: object) => ({
      cases: [{ name: 'a', tool: 'x', counted: { spent: 11 }, expect: { outcome, ...more } }],
    });
    const written = parseCases(one('allow', { shadow: ['soon'] }));
    const ended = parseCases({ stages: 'ended', ...one('block', { triggered: ['soon'] }) });
    expect(runCases(bundle, written).map(({ passed }) => passed)).toEqual([true]);
    expect(runCases(bundle, ended).map(({ passed }) => passed)).toEqual([true]);
    expect(coverCases(bundle, written).rules[0]).toMatchObject({ status: 'triggered' });
    expect(testMutants(bundle, ended)).toMatchObject({ killed: expect.any(Number) });
  });
});

describe('coverage', () => {
  const coverage = coverCases(BUNDLE, suite);

  it('tells what became of each rule', () => {
    expect(coverage.rules).toEqual([
      {
        ruleId: 'paid-orders-only',
        status: 'indeterminate',
        triggered: 0,
        indeterminate: 1,
        notTriggered: 4,
      },
      {
        ruleId: 'large-waits',
        status: 'triggered',
        triggered: 2,
        indeterminate: 0,
        notTriggered: 2,
      },
      {
        ruleId: 'weak-answers',
        status: 'triggered',
        triggered: 1,
        indeterminate: 0,
        notTriggered: 1,
      },
    ]);
  });

  it('tells on which sides of each number values were', () => {
    expect(coverage.numbers).toEqual([
      {
        ruleId: 'large-waits',
        comparison: 'args.amount > 100',
        constant: 100,
        below: 2,
        at: 1,
        above: 1,
        notAssessed: false,
      },
      {
        ruleId: 'large-waits',
        comparison: 'item0 > 50',
        constant: 50,
        below: 1,
        at: 1,
        above: 1,
        notAssessed: false,
      },
      {
        ruleId: 'weak-answers',
        comparison: 'observed lt 0.85',
        constant: 0.85,
        below: 1,
        at: 1,
        above: 0,
        notAssessed: false,
      },
    ]);
  });

  it('tells what of each target was met', () => {
    expect(coverage.targets).toEqual([
      { ruleId: 'paid-orders-only', part: 'tools', pattern: 'refund', met: 5, notMet: 1 },
      { ruleId: 'large-waits', part: 'tools', pattern: 'refund', met: 5, notMet: 1 },
      { ruleId: 'large-waits', part: 'environments', pattern: 'prod', met: 5, notMet: 1 },
    ]);
  });

  it('sees rules that no case reaches, and those behind one that settles', () => {
    const text = (strategy: string) => `
policy_id: p
version: "1"
environment: prod
owner: tests
effective_at: "2026-01-01T00:00:00Z"
strategy: ${strategy}
rules:
  - { rule_id: first, service: sf_govern, control: tool_call, action: block }
  - { rule_id: second, service: sf_govern, control: tool_call, action: allow }
  - { rule_id: other, service: sf_rag, control: grounding_threshold, action: allow, threshold: 1 }
  - { rule_id: off, service: sf_govern, control: tool_call, action: allow, enabled: false }
`;
    const cases = parseCases({ cases: [{ name: 'a', tool: 'x', expect: { outcome: 'block' } }] });
    const statuses = (strategy: string) =>
      coverCases(parseBundleYaml(text(strategy)), cases).rules.map(({ status }) => status);
    expect(statuses('first_match')).toEqual([
      'triggered',
      'never_reached',
      'never_reached',
      'disabled',
    ]);
    expect(statuses('strictest')).toEqual(['triggered', 'triggered', 'never_reached', 'disabled']);
  });
});

describe('mutants', () => {
  it('change one thing each', () => {
    const made = mutantsOf(BUNDLE).map(({ operator, ruleId, change }) =>
      [operator, ruleId ?? '', change].join(': '),
    );
    expect(made).toEqual([
      'drop_rule: paid-orders-only: the rule is left out',
      'loosen_action: paid-orders-only: block becomes human_review',
      'negate_condition: paid-orders-only: the condition is negated',
      "widen_target: paid-orders-only: the target's tools are left out",
      'drop_rule: large-waits: the rule is left out',
      'loosen_action: large-waits: human_review becomes redact',
      'negate_condition: large-waits: the condition is negated',
      'drop_operand: large-waits: "args.amount > 100" is left out of an or',
      'drop_operand: large-waits: "args.lines.exists(item0, (item0 > 50))" is left out of an or',
      'flip_comparator: large-waits: "args.amount > 100" becomes "<="',
      'shift_boundary: large-waits: "args.amount > 100" becomes ">="',
      'shift_number: large-waits: 100 in "args.amount > 100" becomes 99',
      'shift_number: large-waits: 100 in "args.amount > 100" becomes 101',
      'flip_comparator: large-waits: "item0 > 50" becomes "<="',
      'shift_boundary: large-waits: "item0 > 50" becomes ">="',
      'shift_number: large-waits: 50 in "item0 > 50" becomes 49',
      'shift_number: large-waits: 50 in "item0 > 50" becomes 51',
      "widen_target: large-waits: the target's tools are left out",
      "widen_target: large-waits: the target's environments are left out",
      'drop_obligation: large-waits: redaction 1 is left out',
      'change_on_error: large-waits: on_error block becomes human_review',
      'drop_rule: weak-answers: the rule is left out',
      'loosen_action: weak-answers: human_review becomes allow+log',
      'flip_comparator: weak-answers: lt becomes gte',
      'shift_boundary: weak-answers: lt becomes lte',
      'shift_number: weak-answers: threshold 0.85 becomes 0.84',
      'shift_number: weak-answers: threshold 0.85 becomes 0.86',
      'change_on_error: weak-answers: on_error human_review becomes block',
      "loosen_fact: : the fact order is taken whatever its call's order was",
      'swap_default: : the default, absent, becomes block',
    ]);
    expect(new Set(made).size).toBe(made.length);
  });

  it('are noticed, or proven to be no change, or come with a case that notices them', () => {
    const report = testMutants(BUNDLE, suite);
    expect(report.killed + report.invalid + report.equivalent + report.survivors.length).toBe(
      report.mutants,
    );
    expect(report.survivors.map(({ operator, ruleId }) => [operator, ruleId])).toEqual([
      ['loosen_action', 'paid-orders-only'],
      ['change_on_error', 'large-waits'],
      ['change_on_error', 'weak-answers'],
    ]);
    for (const { suggestion } of report.survivors) {
      if (suggestion === undefined) continue;
      const [result] = runCases(BUNDLE, { stages: 'as_written', cases: [suggestion] });
      expect(result?.differences).toEqual([]);
    }
    const more = report.survivors.flatMap(({ suggestion }, at) =>
      suggestion === undefined ? [] : { ...suggestion, name: `more ${at}` },
    );
    const after = testMutants(BUNDLE, { ...suite, cases: [...suite.cases, ...more] });
    expect(after.survivors.every(({ suggestion }) => suggestion === undefined)).toBe(true);
    expect(after.killed).toBe(report.killed + more.length);
  });

  it('that change nothing are proven to be equivalent', () => {
    const bundle = parseBundleYaml(`
policy_id: p
version: "1"
environment: prod
owner: tests
effective_at: "2026-01-01T00:00:00Z"
default: block
rules:
  - { rule_id: a, service: sf_govern, control: tool_call, action: block }
`);
    const cases = parseCases({ cases: [{ name: 'a', tool: 'x', expect: { outcome: 'block' } }] });
    const { equivalent, survivors, killed } = testMutants(bundle, cases);
    // Without the rule the default blocks as well; one looser is never the strictest... of one.
    expect({ equivalent, killed, survivors: survivors.length }).toEqual({
      equivalent: 1,
      killed: 1,
      survivors: 1,
    });
  });

  it('leave cases that fail already out of account', () => {
    const failing = parseCases({ cases: [{ name: 'a', tool: 'x', expect: { outcome: 'block' } }] });
    expect(testMutants(BUNDLE, failing).killed).toBe(0);
  });
});
