import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { useFolder } from '../test-cli.js';
import { BUNDLE, recordTraces } from '../test-traces.js';
import { initWorkspace } from '../workspace/workspace.js';

const folder = useFolder();

const CASES = `# Kept.
cases:
  - name: large
    tool: refund
    args: { amount: 101 }
    expect: { outcome: human_review, triggered: [large-refunds-wait] }
  - name: looking
    tool: look
    args: { amount: 101 }
    expect: { outcome: allow }
`;

const ZEAL = `  - rule_id: never-matters
    service: sf_govern
    control: tool_call
    target: { tools: [refund] }
    when: request.args.amount > 20000.0
    action: human_review
`;

function lay(bundle: string = BUNDLE, cases: string = CASES): void {
  writeFileSync(folder.path('policy.yaml'), bundle);
  writeFileSync(folder.path('cases.yaml'), cases);
}

const test = (...more: readonly string[]) =>
  folder.run('policy', 'test', 'policy.yaml', '--cases', 'cases.yaml', ...more);

describe('spanforge policy lint', () => {
  it('has nothing to say about a sound bundle', async () => {
    lay();
    expect(await folder.run('policy', 'lint', 'policy.yaml')).toMatchObject({
      exitCode: 0,
      stdout: expect.stringContaining('0 errors'),
    });
  });

  it('tells of a rule that never matters, with its place', async () => {
    lay(BUNDLE + ZEAL);
    const { exitCode, stdout } = await folder.run('policy', 'lint', 'policy.yaml');
    expect([exitCode, stdout]).toEqual([
      1,
      expect.stringMatching(/policy\.yaml:25:\d+: error: \$\.rules\[2\].*\[shadowed\]/),
    ]);
    const json = (await folder.run('policy', 'lint', 'policy.yaml', '--json')).json();
    expect(json).toMatchObject({
      policy_id: 'refunds',
      errors: 1,
      findings: expect.arrayContaining([
        expect.objectContaining({
          severity: 'error',
          code: 'shadowed',
          rule_ids: expect.arrayContaining(['never-matters']),
          line: 25,
        }),
      ]),
    });
  });

  it('tells of shadow stages that are over, when told the time', async () => {
    lay(`${BUNDLE}    stage: { mode: shadow, until: "2026-06-01T00:00:00Z" }\n`);
    const at = (time: string) =>
      folder.run('policy', 'lint', 'policy.yaml', '--at', time, '--json');
    expect(JSON.stringify((await at('2026-07-01T00:00:00Z')).json())).toContain('expired_shadow');
    expect(JSON.stringify((await at('2026-05-01T00:00:00Z')).json())).not.toContain(
      'expired_shadow',
    );
    expect((await at('soon')).exitCode).toBe(2);
  });
});

describe('spanforge policy compare', () => {
  const compare = (...more: readonly string[]) =>
    folder.run('policy', 'compare', 'policy.yaml', 'other.yaml', ...more);
  const other = (from: string, to: string): void => {
    lay();
    writeFileSync(folder.path('other.yaml'), BUNDLE.replace(from, to));
  };

  it('says never looser, and exits with 0', async () => {
    other('> 100.0', '> 50.0');
    const { exitCode, stdout } = await compare();
    expect([exitCode, stdout]).toEqual([0, expect.stringContaining('never looser')]);
    expect((await compare('--json')).json()).toMatchObject({
      verdict: 'never_looser',
      looser_on: [],
      stricter_on: [
        { rule_id: 'large-refunds-wait', baseline: 'allow', candidate: 'human_review' },
      ],
    });
  });

  it('shows a request for which it is looser, as a case that fails', async () => {
    other('> 100.0', '> 101.0');
    const { exitCode, stdout } = await compare();
    expect(exitCode).toBe(1);
    writeFileSync(folder.path('witness.yaml'), stdout.slice(stdout.indexOf('cases:')));
    const on = (bundle: string) => folder.run('policy', 'test', bundle, '--cases', 'witness.yaml');
    expect([(await on('policy.yaml')).exitCode, (await on('other.yaml')).exitCode]).toEqual([0, 1]);
    expect((await compare('--json')).json()).toMatchObject({
      verdict: 'looser',
      looser_on: [
        {
          rule_id: 'large-refunds-wait',
          baseline: 'human_review',
          candidate: 'allow',
          witness: { tool: 'refund', args: { amount: 100.5 } },
        },
      ],
    });
  });

  it('exits with 3 where nobody can know', async () => {
    // The same square written twice: no request tells them apart, and no proof says so.
    const square = '* request.args.amount';
    lay(BUNDLE.replace('> 100.0', `${square} > 10000.0`));
    writeFileSync(
      folder.path('other.yaml'),
      BUNDLE.replace('> 100.0', `${square} * 1.0 > 10000.0`),
    );
    expect(await compare()).toMatchObject({ exitCode: 3 });
    expect((await compare('--max-steps', '0')).exitCode).toBe(2);
  });
});

describe('spanforge policy test', () => {
  it('passes, with coverage and mutants when asked', async () => {
    lay();
    const { exitCode, stdout } = await test('--coverage', '--mutants');
    expect([exitCode, stdout]).toEqual([0, expect.stringContaining('2 cases, 0 failed')]);
    expect(stdout).toContain('not_triggered');
    expect(stdout).toMatch(/\d+ mutants: \d+ killed, \d+ survived/);
    expect(stdout).toContain('Cases that would notice:');
    const json = (await test('--coverage', '--mutants', '--json')).json();
    expect(json).toMatchObject({
      cases: 2,
      failed: 0,
      results: [{ name: 'large', passed: true, outcome: 'human_review', differences: [] }, {}],
      coverage: {
        rules: [
          { rule_id: 'large-refunds-wait', status: 'triggered' },
          { rule_id: 'no-huge-refunds', status: 'not_triggered' },
        ],
        numbers: [
          { comparison: 'args.amount > 100', constant: 100, below: 0, at: 0, above: 1 },
          { comparison: 'args.amount > 10000', below: 1, at: 0, above: 0 },
        ],
      },
      mutation: { mutants: expect.any(Number), score: expect.any(Number) },
    });
  });

  it('notes a case that a governor would not ask the bundle about', async () => {
    lay(BUNDLE, CASES.replace('    tool: look\n', '    tool: refnd\n    env: Prod\n'));
    const { exitCode, stdout } = await test();
    expect([exitCode, stdout]).toEqual([0, expect.stringContaining('2 cases, 0 failed')]);
    expect(stdout).toMatch(/note: case "looking": .*"refnd".* Did you mean "refund"\?/);
    expect(stdout).toMatch(/note: case "looking": .*not "Prod"/);
    const { notes } = (await test('--json')).json() as { notes: readonly object[] };
    expect(notes).toMatchObject([
      { case: 'looking', what: 'environment', reason_code: 'no_active_bundle' },
      { case: 'looking', what: 'tool', reason_code: 'unknown_tool', meant: 'refund' },
    ]);
    lay();
    expect((await test('--json')).json()).not.toHaveProperty('notes');
  });

  it('exits with 1 where a case fails, says in what, and tries no mutants', async () => {
    lay(BUNDLE, CASES.replace('outcome: allow }', 'outcome: block }'));
    const { exitCode, stdout } = await test('--mutants');
    expect(exitCode).toBe(1);
    expect(stdout).toContain('FAILED  looking');
    expect(stdout).toContain('outcome: expected "block", got "allow"');
    expect(stdout).toContain('No mutants were tried');
  });

  it('tells where a file of cases is wrong', async () => {
    lay(BUNDLE, CASES.replace('outcome: allow }', 'outcome: fine }'));
    const run = await test('--json');
    expect([run.exitCode, run.json()]).toMatchObject([
      2,
      { error: { code: 'POLICY_CASES_INVALID', problems: [{ line: 10, column: 24 }] } },
    ]);
    expect(run.stderr).toContain('the cases are invalid');
  });

  it('pins past decisions: a trace, or one by its id', async () => {
    lay();
    await initWorkspace(folder.path('.spanforge'), { origin: 'tests' });
    await recordTraces(folder.path('.spanforge'));
    const trace = await test('--from', 'blocked', '--json');
    expect([trace.exitCode, trace.json()]).toMatchObject([0, { pinned: 1, cases: 3, failed: 0 }]);
    const text = readFileSync(folder.path('cases.yaml'), 'utf8');
    expect(text.startsWith(CASES.trimEnd())).toBe(true);
    const id = /name: (?:")?decision ([0-9A-Z]+)/.exec(text)?.[1] ?? '';
    const again = await test('--from', id, '--json');
    expect(again.json()).toMatchObject({ pinned: 1, cases: 4 });
    const fresh = await folder.run(
      ...['policy', 'test', 'policy.yaml', '--cases', 'new.yaml', '--from', 'held'],
    );
    expect([fresh.exitCode, existsSync(folder.path('new.yaml'))]).toEqual([0, true]);
    const before = readFileSync(folder.path('cases.yaml'), 'utf8');
    expect((await test('--from', 'nothing')).exitCode).toBe(3);
    expect(readFileSync(folder.path('cases.yaml'), 'utf8')).toBe(before);
  });
});

describe('spanforge policy draft', () => {
  const RUNS = Array.from({ length: 8 }, (_one, at) =>
    JSON.stringify({
      id: `run-${at}`,
      tool_calls: [
        { id: 'a', name: 'get_order', args: { order_id: `O-${at}` }, result: { order: `O-${at}` } },
        { id: 'b', name: 'refund_order', args: { order_id: `O-${at}`, amount: 10 * at } },
      ],
      messages: [{ role: 'user', content: `Please refund O-${at}.` }],
    }),
  ).join('\n');
  const TOOLS = JSON.stringify([{ name: 'delete_order', inputSchema: { type: 'object' } }]);
  const draft = (...more: readonly string[]) =>
    folder.run(
      ...['policy', 'draft', '--runs', 'runs.jsonl', '--output', 'out', '--tools', 'tools.json'],
      ...['--effective-at', '2026-01-01T00:00:00Z'],
      ...more,
    );

  it('writes three files that hold together', async () => {
    writeFileSync(folder.path('runs.jsonl'), RUNS);
    writeFileSync(folder.path('tools.json'), TOOLS);
    const { exitCode, json } = await draft('--json');
    expect([exitCode, json()]).toMatchObject([
      0,
      { runs: 8, calls: 16, rules: 3, unseen: ['delete_order'], files: {} },
    ]);
    const bundle = readFileSync(folder.path('out', 'bundle.yaml'), 'utf8');
    expect(bundle).toContain('size(facts.get_order_of_order_id) == 0');
    expect(bundle).toContain('# calls: run-0#1, run-1#1, run-2#1 (8 in all)');
    expect(bundle).toContain('# never called, denied: delete_order');
    expect(bundle).toContain('the user wrote it in 8 of 8');
    const run = await folder.run(
      ...['policy', 'test', 'out/bundle.yaml', '--cases', 'out/bundle.cases.yaml'],
      ...['--mutants', '--json'],
    );
    expect([run.exitCode, run.json()]).toMatchObject([0, { failed: 0, mutation: { score: 1 } }]);
    expect((await folder.run('policy', 'lint', 'out/bundle.yaml')).exitCode).toBe(0);
  });

  it('writes over nothing, and leaves nothing behind when it fails', async () => {
    writeFileSync(folder.path('runs.jsonl'), RUNS);
    writeFileSync(folder.path('tools.json'), TOOLS);
    for (const [option, value] of [
      ['--min-observations', '1'],
      ['--shadow-days', '-1'],
      ['--effective-at', 'now'],
      ['--tools', 'runs.jsonl'],
      ['--runs', 'tools.json'],
    ] as const) {
      const { exitCode, stderr } = await draft(option, value);
      expect([option, exitCode, stderr]).toEqual([option, 2, expect.any(String)]);
      expect(existsSync(folder.path('out'))).toBe(false);
    }
    await draft();
    expect((await draft()).stderr).toContain('CLI_FILE_UNWRITABLE');
  });
});
