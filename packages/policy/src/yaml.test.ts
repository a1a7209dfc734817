import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { BundleProblem } from './bundle-problem.js';
import { PolicyError } from './error.js';
import { bundleDigest, parseBundle } from './index.js';
import { parseBundleJson, parseBundleYaml } from './yaml.js';

const HEAD = `policy_id: p
version: "1.0"
environment: prod
owner: o
effective_at: "2026-01-01T00:00:00Z"
`;
const RULE = `rules:
  - rule_id: r
    service: sf_rag
    control: grounding_threshold
    action: block
`;

function problemsOf(run: () => unknown): readonly BundleProblem[] {
  try {
    run();
  } catch (error) {
    if (PolicyError.is(error)) return error.problems;
    throw error;
  }
  throw new Error('was accepted');
}

const first = (text: string) => problemsOf(() => parseBundleYaml(text, { file: 'p.yaml' }))[0];

describe('examples', () => {
  const folder = new URL('../examples/', import.meta.url);
  it.each(readdirSync(folder))('%s loads', (file) => {
    const bundle = parseBundleYaml(readFileSync(new URL(file, folder), 'utf8'), { file });
    expect(bundle.rules.length).toBeGreaterThan(0);
    expect(bundleDigest(JSON.parse(bundle.canonical))).toBe(bundle.digest);
    expect(parseBundle(JSON.parse(bundle.canonical)).digest).toBe(bundle.digest);
    const json = parseBundleJson(JSON.stringify(JSON.parse(bundle.canonical), undefined, 2));
    expect(json.digest).toBe(bundle.digest);
  });
});

describe('hostile YAML', () => {
  it('Y-01 refuses billions of laughs', () => {
    const levels = Array.from({ length: 12 }, (_, i) => {
      const inner = i === 0 ? '"lol"' : Array.from({ length: 10 }, () => `*a${i - 1}`).join(', ');
      return `  a${i}: &a${i} [${inner}]`;
    });
    expect(first(`${HEAD}metadata:\n${levels.join('\n')}\n${RULE}`)).toMatchObject({
      code: 'POLICY_SYNTAX',
      line: HEAD.split('\n').length + 2,
      column: 12,
    });
  });

  it('Y-02 refuses large texts, large maps and deep nesting before composing them', () => {
    const keys = (count: number) => Array.from({ length: count }, (_, i) => `k${i}: 1`).join(', ');
    expect(first(`${HEAD}metadata: {${keys(20_000)}}\n${RULE}`)?.message).toContain('entries');
    expect(first(`${HEAD}# ${'x'.repeat(300_000)}\n${RULE}`)?.code).toBe('POLICY_TOO_LARGE');
    expect(first(`${HEAD}# ${'é'.repeat(140_000)}\n${RULE}`)?.code).toBe('POLICY_TOO_LARGE');
  });

  it('Y-03 refuses duplicate keys', () => {
    expect(first(`${HEAD}owner: again\n${RULE}`)).toMatchObject({
      code: 'POLICY_DUPLICATE_KEY',
      file: 'p.yaml',
      line: 6,
      column: 1,
    });
  });

  it.each(['!!js/function "x"', '!evil x', '!!binary aGk=', '!!timestamp 2026-01-01', '!!set {a}'])(
    'Y-04 refuses the tag in %s',
    (value) => {
      expect(first(`${HEAD}rationale: ${value}\n${RULE}`)?.code).toBe('POLICY_SYNTAX');
    },
  );

  it.each(['%YAML 1.1', '%YAML 1.2', '%TAG ! tag:x,2026:'])('Y-05 refuses %s', (directive) => {
    expect(first(`${directive}\n---\n${HEAD}${RULE}`)?.message).toContain('Directives');
  });

  it('Y-05 reads YAML 1.2: no is text, 012 is twelve', () => {
    const bundle = parseBundleYaml(`${HEAD}metadata: { a: no, b: 012, c: 1:30 }\n${RULE}`);
    expect(bundle.metadata).toEqual({ a: 'no', b: 12, c: '1:30' });
  });

  it('Y-06 refuses merge keys', () => {
    const text = `${HEAD}metadata: &m { a: 1 }\n${RULE}    <<: *m\n`;
    expect(first(text)).toMatchObject({
      code: 'POLICY_UNKNOWN_KEY',
      path: '$.rules[0]["<<"]',
      line: 12,
    });
  });

  it.each(['[', '{a: ', '- ', '? '])('Y-07 refuses deep nesting of "%s"', (opening) => {
    const text = `${HEAD}metadata:\n  a:\n    ${opening.repeat(50_000)}`;
    expect(first(text)?.code).toMatch(/^POLICY_(SYNTAX|TOO_LARGE)$/);
  });

  it.each([
    ['two documents', `${HEAD}${RULE}---\n${HEAD}`],
    ['a tab', `${HEAD}rules:\n\t- a`],
    ['no text', ''],
    ['only a comment', '# nothing'],
    ['a scalar', 'block everything'],
    ['a list', '- a'],
    ['a NaN threshold', `${HEAD}${RULE}    threshold: .nan\n`],
    ['an infinite threshold', `${HEAD}${RULE}    threshold: -.inf\n`],
    ['a threshold beyond doubles', `${HEAD}${RULE}    threshold: 1e400\n`],
    ['an integer a double cannot hold', `${HEAD}${RULE}    threshold: 9007199254740993\n`],
    ['a number as key', `${HEAD}metadata: { 1: a, "1": b }\n${RULE}`],
    ['a list as key', `${HEAD}metadata: { [a]: b }\n${RULE}`],
    ['null as key', `${HEAD}metadata: { ~: b }\n${RULE}`],
    ['an unknown anchor', `${HEAD}rationale: *nowhere\n${RULE}`],
    ['an unclosed quote', `${HEAD}rationale: "open\n${RULE}`],
    ['a prototype', `${HEAD}metadata: { __proto__: { a: 1 } }\n${RULE}`],
  ])('Y-08 refuses %s', (_name, text) => {
    expect(first(text)?.code).toMatch(/^POLICY_/);
    expect((Object.prototype as { a?: unknown }).a).toBeUndefined();
  });

  it('Y-10 digests the bytes it decides by', () => {
    const bundle = parseBundleYaml(`${HEAD}${RULE}`);
    expect(bundle.digest).toBe(bundleDigest(JSON.parse(bundle.canonical)));
    expect(Object.isFrozen(bundle)).toBe(true);
    const value = JSON.parse(bundle.canonical) as { rules: { action: string }[] };
    const parsed = parseBundle(value);
    (value.rules[0] as { action: string }).action = 'allow';
    expect(parsed.rules[0]?.action).toBe('block');
    expect(parsed.digest).toBe(bundle.digest);
  });
});

describe('positions', () => {
  it('tells every problem, each with its place', () => {
    const text = `policy_id: p
version: 2026.05
environment: prod
effective_at: tomorrow
fact: {}
rules:
  - rule_id: a
    service: sf_rag
    control: grounding
    action: deny
  - rule_id: b
    service: sf_rag
    control: grounding
    action: block
    when: "env == 5"
  - rule_id: b
    service: sf_govern
    control: tool_call
    action: block
    when: args.amount > 5 && amonut < 3
`;
    const problems = problemsOf(() => parseBundleYaml(text, { file: 'p.yaml' }));
    expect(problems.map(({ code, path, line, column }) => [code, path, line, column])).toEqual([
      ['POLICY_MISSING', '$.owner', 1, 1],
      ['POLICY_TYPE', '$.version', 2, 10],
      ['POLICY_VALUE', '$.effective_at', 4, 15],
      ['POLICY_UNKNOWN_KEY', '$.fact', 5, 1],
      ['POLICY_VALUE', '$.rules[0].action', 10, 13],
      ['POLICY_UNKNOWN_CONTROL', '$.rules[1].control', 13, 14],
      ['POLICY_CONDITION', '$.rules[1].when', 15, 12],
      ['POLICY_DUPLICATE_RULE', '$.rules[2].rule_id', 16, 14],
      ['POLICY_CONDITION', '$.rules[2].when', 20, 30],
    ]);
  });

  it('tells a bad name where the name stands, not what is under it', () => {
    const at = (line: number) => HEAD.split('\n').length - 1 + line;
    const text = `${HEAD}tools:\n  "pay*":\n    effect: write\nfacts:\n  "a b":\n    { count: calls, window: 24h }\n${RULE}`;
    expect(problemsOf(() => parseBundleYaml(text))).toMatchObject([
      { path: '$.tools["pay*"]', line: at(2), column: 3, message: expect.stringContaining('"*"') },
      { path: '$.facts["a b"]', line: at(5), column: 3 },
    ]);
    const json = '{\n  "tools": {\n    "pay*":\n      {"effect": "write"}\n  }\n}';
    expect(problemsOf(() => parseBundleJson(json))).toContainEqual(
      expect.objectContaining({ path: '$.tools["pay*"]', line: 3, column: 5 }),
    );
  });

  it('tells places in JSON', () => {
    const text = '{\n  "policy_id": "p",\n  "policy_id": "q"\n}';
    expect(problemsOf(() => parseBundleJson(text))[0]).toMatchObject({
      code: 'POLICY_DUPLICATE_KEY',
      line: 3,
    });
    const wrong = '{\n  "policy_id": "p",\n  "rules": [{"rule_id": 5}]\n}';
    const problems = problemsOf(() => parseBundleJson(wrong));
    expect(problems).toContainEqual(
      expect.objectContaining({
        code: 'POLICY_TYPE',
        path: '$.rules[0].rule_id',
        line: 3,
        column: 25,
      }),
    );
  });
});
