import { existsSync, readFileSync } from 'node:fs';
import { type PolicyBundle, parseBundle } from '@spanforge/policy';
import { parseBundleYaml } from '@spanforge/policy/yaml';
import { describe, expect, it } from 'vitest';
import { type LintFinding, lintBundle } from '../index.js';

const TOOLS = { t: { effect: 'read' }, u: { effect: 'write' } } as const;

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

const said = (findings: readonly LintFinding[]) =>
  findings.map(({ code, ruleIds, path }) => [code, ruleIds.join(' '), path]);

const tool = { target: { tools: ['t'] } };
const rag = { service: 'sf_rag', control: 'grounding_threshold', action: 'human_review' };

const CASES: readonly [string, readonly object[], object, readonly (readonly string[])[]][] = [
  [
    'a rule after one that always decides',
    [tool, { ...tool, when: 'args.n > 1' }],
    { strategy: 'first_match' },
    [['unreachable', 'r1 r0', '$.rules[1]']],
  ],
  [
    'a rule after several that decide together',
    [
      { target: { tools: ['a*'] } },
      { target: { tools: ['b'] } },
      { target: { tools: ['ab', 'b'] }, action: 'redact' },
    ],
    { strategy: 'first_match' },
    [['unreachable', 'r2', '$.rules[2]']],
  ],
  [
    'no rule after one that may leave a request',
    [{ ...tool, when: 'args.n > 1', action: 'allow', on_error: 'allow' }, tool],
    { strategy: 'first_match' },
    [],
  ],
  [
    'a rule inside a stricter one',
    [
      { ...tool, when: 'args.n > 5', action: 'human_review' },
      { ...tool, when: 'args.n > 1' },
    ],
    {},
    [['shadowed', 'r0 r1', '$.rules[0]']],
  ],
  ['the second of two alike', [tool, tool], {}, [['shadowed', 'r1 r0', '$.rules[1]']]],
  [
    'no rule whose redaction adds to a stricter one',
    [
      { ...tool, action: 'redact', redact: [{ path: 'args.a' }] },
      { ...tool, action: 'human_review' },
    ],
    {},
    [],
  ],
  [
    'two actions on the same requests',
    [
      { ...tool, when: 'args.n > 1', action: 'allow+log' },
      { ...tool, when: '!(args.n <= 1)' },
    ],
    {},
    [['conflicting', 'r0 r1', '$.rules[0]']],
  ],
  [
    'an allow with nothing to keep away',
    [{ ...tool, action: 'allow' }],
    {},
    [['allow_without_effect', 'r0', '$.rules[0]']],
  ],
  [
    'no allow that keeps the default away',
    [{ ...tool, action: 'allow' }],
    { default: 'block' },
    [],
  ],
  [
    'a condition its target implies',
    [{ ...tool, when: 'request.tool == "t"' }],
    {},
    [['always_true', 'r0', '$.rules[0].when']],
  ],
  [
    'a condition no request meets',
    [{ ...tool, when: 'args.n > 5 && args.n < 3' }],
    {},
    [['always_false', 'r0', '$.rules[0].when']],
  ],
  [
    'a condition against its own threshold',
    [{ ...rag, threshold: 0.5, when: 'observed > 0.7' }],
    {},
    [['always_false', 'r0', '$.rules[0].when']],
  ],
  [
    'thresholds at the ends of what is observed',
    [
      {
        ...rag,
        threshold: 1,
        metadata: { comparator: 'lte' },
        on_error: 'allow+log',
        action: 'allow+log',
      },
      { ...rag, threshold: 0, action: 'block' },
      { ...rag, threshold: 0.5, action: 'block' },
    ],
    {},
    [
      ['always_true', 'r0', '$.rules[0].threshold'],
      ['always_false', 'r1', '$.rules[1].threshold'],
      ['shadowed', 'r1 r2', '$.rules[1]'],
    ],
  ],
  [
    'two rules that could be one',
    [
      { ...tool, when: 'args.n > 1', action: 'redact', redact: [{ path: 'args.a' }] },
      { ...tool, when: 'args.n > 1', action: 'redact', redact: [{ path: 'args.b' }] },
    ],
    {},
    [['duplicate_condition', 'r1 r0', '$.rules[1].when']],
  ],
  [
    'a tool nobody declared',
    [{ target: { tools: ['t', 'x', 'y*', 'u*'] } }],
    { tools: TOOLS },
    [
      ['undeclared_tool', 'r0', '$.rules[0].target.tools[1]'],
      ['undeclared_tool', 'r0', '$.rules[0].target.tools[2]'],
    ],
  ],
  [
    'an argument that no tool of a rule has',
    [
      { when: 'args.mount > 1', action: 'block' },
      { target: { tools: ['t*'] }, when: 'args.zzz > 1', action: 'block' },
      { when: 'args.amount > 1 && env == "x"', action: 'block' },
      { target: { tools: ['t*', 'x'] }, when: 'args.zzz > 2', action: 'block' },
      { when: 'args.any.thing == "x"', action: 'block' },
      { when: 'args.amount.low > 1', action: 'block' },
    ],
    {
      tools: {
        t: {
          effect: 'write',
          schema: { type: 'object', properties: { amount: { type: 'number' } } },
        },
        u: { effect: 'read', schema: { type: 'object', properties: { any: { type: 'object' } } } },
      },
    },
    [
      ['unknown_argument', 'r0', '$.rules[0].when'],
      ['unknown_argument', 'r1', '$.rules[1].when'],
      ['undeclared_tool', 'r3', '$.rules[3].target.tools[1]'],
      ['unknown_argument', 'r5', '$.rules[5].when'],
    ],
  ],
  ['a tool no rule is about', [tool], { tools: TOOLS }, [['tool_without_rule', '', '$.tools.u']]],
  ['no tool the default is about', [tool], { tools: TOOLS, default: 'allow' }, []],
  [
    'a shadow stage that has ended',
    [{ ...tool, stage: { mode: 'shadow', until: '2026-05-01T00:00:00Z' } }],
    {},
    [['expired_shadow', 'r0', '$.rules[0].stage']],
  ],
  [
    'no shadow stage that has not',
    [{ ...tool, stage: { mode: 'shadow', until: '2026-07-01T00:00:00Z' } }],
    {},
    [],
  ],
  [
    'a condition outside the fragment',
    [{ ...tool, when: 'size(args.rows) > 3' }],
    {},
    [['unknown', 'r0', '$.rules[0].when']],
  ],
  [
    'capitals beside lowerAscii()',
    [
      { ...tool, when: 'args.q.lowerAscii().contains("DROP")' },
      { ...tool, when: 'args.q.lowerAscii() in ["a", "B"] || "C" == args.q.lowerAscii()' },
      { ...tool, when: 'args.q.lowerAscii().startsWith("drop") || args.q.contains("DROP")' },
    ],
    {},
    [
      ['impossible_value', 'r0', '$.rules[0].when'],
      ['unknown', 'r0', '$.rules[0].when'],
      ['impossible_value', 'r1', '$.rules[1].when'],
      ['impossible_value', 'r1', '$.rules[1].when'],
      ['unknown', 'r1', '$.rules[1].when'],
      ['unknown', 'r2', '$.rules[2].when'],
    ],
  ],
  [
    'a type that a detected fact never finds',
    [
      { ...tool, when: '"emial" in facts.any' },
      { ...tool, when: '"iban" in facts.mail || "email" in facts.mail' },
      { ...tool, when: 'facts.mail.exists(type, type == "ibna" || type in ["email", "E-Mail"])' },
      { ...tool, when: '"iban" in facts.any || size(facts.mail) > 0' },
    ],
    {
      facts: {
        any: { detect: 'args' },
        mail: { detect: 'args.note', types: ['email'] },
      },
    },
    [
      ['impossible_value', 'r0', '$.rules[0].when'],
      ['impossible_value', 'r1', '$.rules[1].when'],
      ['impossible_value', 'r2', '$.rules[2].when'],
      ['impossible_value', 'r2', '$.rules[2].when'],
      ['unknown', 'r2', '$.rules[2].when'],
      ['unknown', 'r3', '$.rules[3].when'],
    ],
  ],
  [
    'a text that is no instant, also where clocks skip it',
    [
      { ...tool, when: 'time.epoch > instant("2026-02-30")' },
      { ...tool, when: 'time.epoch > instant("2026-03-29T02:30:00")' },
      { ...tool, when: 'time.epoch > instant("2026-03-29T02:30:00Z")' },
    ],
    { zone: 'Europe/Berlin' },
    [
      ['impossible_value', 'r0', '$.rules[0].when'],
      ['unknown', 'r0', '$.rules[0].when'],
      ['impossible_value', 'r1', '$.rules[1].when'],
      ['unknown', 'r1', '$.rules[1].when'],
      ['unknown', 'r2', '$.rules[2].when'],
    ],
  ],
  [
    'a rule about other environments only',
    [
      { target: { environments: ['staging', 'dev*'] } },
      { target: { tools: ['t'], environments: ['pr*'] } },
    ],
    {},
    [['other_environment', 'r0', '$.rules[0].target.environments']],
  ],
  ['no disabled rule', [{ ...tool, enabled: false, when: 'false' }, tool], {}, []],
];

describe('a lint finds', () => {
  it.each(CASES)('%s', (_name, rules, head, expected) => {
    const time = Date.parse('2026-06-01T00:00:00Z');
    expect(said(lintBundle(build(rules, head), { time }))).toEqual(expected);
  });

  it('that it did not see everything, when the steps run out', () => {
    const findings = lintBundle(build([tool, tool]), { maxSteps: 3 });
    expect(said(findings)).toEqual([['unknown', '', '$.rules']]);
  });
});

describe('the bundles of this repository', () => {
  const read = (name: string, time?: number) => {
    const file = new URL(name, import.meta.url);
    const text = readFileSync(file, 'utf8');
    const options = { text, file: 'x.yaml', ...(time === undefined ? {} : { time }) };
    return lintBundle(parseBundleYaml(text), options);
  };

  it.each(['guide', 'refunds', 'deny-by-default'])('has nothing to say of %s', (name) => {
    expect(read(`../../../policy/examples/${name}.yaml`)).toEqual([]);
  });

  it('tells where the shadow of an example ended', () => {
    expect(
      read('../../../policy/examples/refunds.yaml', Date.parse('2027-01-01T00:00:00Z')),
    ).toEqual([
      {
        code: 'expired_shadow',
        ruleIds: ['refund-night'],
        path: '$.rules[3].stage',
        message: 'Its shadow stage ended at 2026-12-31T00:00:00.000Z: the rule is enforced.',
        file: 'x.yaml',
        line: 54,
        column: 12,
      },
    ]);
  });

  const desk = '../../../../apps/reference/policy.yaml';
  it.skipIf(!existsSync(new URL(desk, import.meta.url)))('has nothing to say of the desk', () => {
    expect(read(desk)).toEqual([]);
  });
});
