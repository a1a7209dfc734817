import { createHash } from 'node:crypto';
import {
  linkSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { describe, expect, it } from 'vitest';
import { useFolder } from '../test-cli.js';
import { BUNDLE } from '../test-traces.js';
import { openWorkspace } from '../workspace/workspace.js';

const folder = useFolder();

const run = (id: string, ...calls: readonly (readonly [string, object])[]): string =>
  JSON.stringify({
    id,
    tool_calls: calls.map(([name, args], at) => ({ id: `${id}-${at}`, name, args })),
    reward: 1,
  });

const RUNS = [
  run('r1', ['look', { amount: 1 }], ['refund', { amount: 500 }]),
  run('r2'),
  run('r3', ['refund', { amount: 50_000 }], ['unknown', {}], ['refund', {}]),
];

function lay(runs: string = `${RUNS.join('\n')}\n`): void {
  writeFileSync(folder.path('runs.jsonl'), runs);
  writeFileSync(folder.path('policy.yaml'), BUNDLE);
}

const replay = (...more: readonly string[]) =>
  folder.run('policy', 'replay', '--runs', 'runs.jsonl', '--policy', 'policy.yaml', ...more);

const sha256 = (file: string): string =>
  createHash('sha256')
    .update(readFileSync(folder.path(file)))
    .digest('hex');

describe('spanforge policy replay', () => {
  it('writes one line per call, of exactly this shape', async () => {
    lay();
    const { exitCode, stderr } = await replay();
    expect([exitCode, stderr]).toEqual([0, expect.stringContaining('not recorded')]);
    const lines = readFileSync(folder.path('runs.replay.jsonl'), 'utf8').trimEnd().split('\n');
    const reason = expect.any(String);
    expect(lines.map((line) => JSON.parse(line))).toEqual([
      { run: 'r1', call: 0, tool: 'look', outcome: 'allow', rules: [], reason },
      {
        run: 'r1',
        call: 1,
        tool: 'refund',
        outcome: 'human_review',
        rules: ['large-refunds-wait'],
        reason: 'Large refunds wait for a person.',
      },
      {
        run: 'r3',
        call: 0,
        tool: 'refund',
        outcome: 'block',
        rules: ['large-refunds-wait', 'no-huge-refunds'],
        reason: 'Huge refunds never happen.',
      },
      { run: 'r3', call: 1, tool: 'unknown', outcome: 'block', rules: [], reason },
      {
        run: 'r3',
        call: 2,
        tool: 'refund',
        outcome: 'block',
        rules: ['large-refunds-wait', 'no-huge-refunds'],
        reason,
      },
    ]);
    expect(Object.keys(JSON.parse(lines[0] ?? ''))).toEqual([
      'run',
      'call',
      'tool',
      'outcome',
      'rules',
      'reason',
    ]);
  });

  it('puts counts and digests on record, the same every time', async () => {
    lay();
    await folder.run('init');
    const first = await replay('--json');
    const digest = sha256('runs.replay.jsonl');
    const second = await replay('--json', '--report', 'again.jsonl');
    expect(sha256('again.jsonl')).toBe(digest);
    expect(first.json()).toMatchObject({
      runs: 3,
      calls: 5,
      indeterminate: 1,
      outcomes: { allow: 1, block: 3, human_review: 1 },
      rules: { 'large-refunds-wait': 3, 'no-huge-refunds': 2 },
      by_tool: { look: { allow: 1 }, refund: { block: 2, human_review: 1 }, unknown: { block: 1 } },
      by_rule: { 'no-huge-refunds': { block: 2 } },
      report: folder.path('runs.replay.jsonl'),
      report_sha256: digest,
    });
    expect(second.json()).toMatchObject({ report_sha256: digest });
    const workspace = await openWorkspace(folder.path('.spanforge'), 'test');
    const { records } = await workspace.log.query({ types: ['spanforge.policy.replay.v1'] });
    await workspace.close();
    expect(records).toHaveLength(2);
    for (const record of records) {
      expect(record).toMatchObject({
        mode: 'replay',
        context: { env: 'prod', source: 'spanforge-cli@1.2.3' },
        policy: { id: 'refunds', version: '1.0' },
        body: {
          report_sha256: digest,
          input_sha256: sha256('runs.jsonl'),
          runs: 3,
          calls: 5,
          outcomes: { allow: 1, block: 3, human_review: 1 },
        },
      });
    }
  });

  it('shows progress on a terminal only, and there on stderr', async () => {
    lay();
    const args = ['policy', 'replay', '--runs', 'runs.jsonl', '--policy', 'policy.yaml'] as const;
    const shown = await folder.runOnTerminal(...args);
    expect(shown.stderr).toContain('\r');
    expect(shown.stdout).not.toContain('\r');
    expect((await folder.run(...args, '--report', 'piped.jsonl')).stderr).not.toContain('\r');
  });

  it('reads a bundle in JSON too, and judges at the time it is told', async () => {
    lay();
    const bundle = {
      policy_id: 'p',
      version: '1',
      environment: 'prod',
      owner: 'o',
      effective_at: '2026-01-01T00:00:00Z',
      rationale: 'r',
      rules: [
        {
          rule_id: 'late',
          service: 'sf_govern',
          control: 'tool_call',
          when: `time.epoch > ${Date.parse('2026-06-01T00:00:00Z')}.0`,
          action: 'block',
          rationale: 'r',
        },
      ],
    };
    writeFileSync(folder.path('p.json'), JSON.stringify(bundle));
    const at = (time: string) =>
      folder.run(
        'policy',
        'replay',
        '--runs',
        'runs.jsonl',
        '--policy',
        'p.json',
        '--at',
        time,
        '--report',
        `at-${time.length}.jsonl`,
        '--json',
      );
    expect((await at('2026-05-01T00:00:00Z')).json()).toMatchObject({ outcomes: { allow: 5 } });
    expect((await at('2026-07-01T02:00:00+02:00')).json()).toMatchObject({
      outcomes: { block: 5 },
    });
    for (const time of ['2026', 'July 1', '2026-13-01T00:00:00Z', '2026-07-01T00:00:00']) {
      const run = await at(time);
      expect([time, run.exitCode, run.json()]).toMatchObject([
        time,
        2,
        { error: { code: 'CLI_USAGE' } },
      ]);
    }
  });

  it('escapes the names of tools where it shows them', async () => {
    lay(run('r', ['\u001b[2J\u202e', {}]));
    const text = await replay();
    expect(text.stdout).toContain('\\x1b[2J\\u202e');
    expect((await replay('--json', '--report', 'json.jsonl')).stdout).toContain(
      '\\u001b[2J\\u202e',
    );
  });

  it('replays a large file run by run', async () => {
    const one = run('x', ['look', { amount: 1, text: 'y'.repeat(2_000) }]);
    const many = Array.from({ length: 3_000 }, (_, at) => one.replace('"x"', `"x${at}"`));
    lay(many.join('\n'));
    const { json } = await replay('--json');
    expect(json()).toMatchObject({ runs: 3_000, calls: 3_000, outcomes: { allow: 3_000 } });
  });
});

describe('bad input of a replay', () => {
  const BAD = [
    '{"id":"r2","tool_calls":{}}',
    '{"id":"r2",',
    '{"id":"r1","tool_calls":[]}',
    '\u0000',
  ];

  it.each(BAD)('leaves nothing behind for the line %j in the middle', async (bad) => {
    lay([RUNS[0], bad, RUNS[2]].join('\n'));
    await folder.run('init');
    const before = readdirSync(folder.path());
    const { exitCode, json } = await replay('--json');
    expect([exitCode, json()]).toMatchObject([
      2,
      {
        error: {
          code: 'CLI_INPUT_INVALID',
          details: { file: folder.path('runs.jsonl'), line: 2, column: expect.any(Number) },
        },
      },
    ]);
    expect(readdirSync(folder.path())).toEqual(before);
    const workspace = await openWorkspace(folder.path('.spanforge'), 'test');
    const { records } = await workspace.log.query({ types: ['spanforge.policy.replay.v1'] });
    await workspace.close();
    expect(records).toEqual([]);
  });

  it('never writes over an earlier report, and says so before it reads a run', async () => {
    lay();
    await replay();
    const kept = sha256('runs.replay.jsonl');
    writeFileSync(folder.path('policy.yaml'), BUNDLE.replace('action: block', 'action: allow'));
    for (const more of [[], ['--report', 'runs.replay.jsonl'], ['--output', 'runs.replay.jsonl']]) {
      const { exitCode, stderr } = await replay(...more);
      expect(exitCode).toBe(2);
      expect(stderr).toContain('runs.replay.jsonl: already exists; give another name');
      expect(sha256('runs.replay.jsonl')).toBe(kept);
    }
    expect(readdirSync(folder.path()).sort()).toEqual(
      ['policy.yaml', 'runs.jsonl', 'runs.replay.jsonl'].sort(),
    );
  });

  it('writes through no link, over no folder and none of its inputs', async () => {
    lay();
    writeFileSync(folder.path('mine'), 'mine');
    symlinkSync(folder.path('mine'), folder.path('link'));
    linkSync(folder.path('mine'), folder.path('hard'));
    mkdirSync(folder.path('full'));
    for (const report of ['link', 'hard', 'full', 'none/r', 'runs.jsonl', 'policy.yaml', '-']) {
      const { exitCode, json } = await replay('--report', report, '--json');
      expect([report, exitCode, json()]).toMatchObject([
        report,
        2,
        { error: { code: expect.stringMatching(/^CLI_(USAGE|FILE_UNWRITABLE)$/) } },
      ]);
    }
    expect(readFileSync(folder.path('mine'), 'utf8')).toBe('mine');
    expect(readdirSync(folder.path()).sort()).toEqual(
      ['full', 'hard', 'link', 'mine', 'policy.yaml', 'runs.jsonl'].sort(),
    );
  });

  it('writes no report where the workspace it should be recorded in cannot be used', async () => {
    lay();
    expect((await replay('--state', 'none')).stderr).toContain('CLI_WORKSPACE_MISSING');
    expect(readdirSync(folder.path()).sort()).toEqual(['policy.yaml', 'runs.jsonl']);
  });

  it.each([
    ['policy.yaml', BUNDLE.replace('action: block', 'action: destroy'), 23, 13],
    ['policy.yaml', BUNDLE.replace('> 100.0', '>> 100.0'), 15, 32],
    ['policy.yaml', `${BUNDLE}owner: twice\n`, undefined, undefined],
    ['policy.json', '{"policy_id": 1,}', 1, undefined],
  ])('tells where %s is wrong (%#)', async (name, text, line, column) => {
    lay();
    const file = folder.path(name);
    writeFileSync(file, text);
    const run = await folder.run(
      'policy',
      'replay',
      '--runs',
      'runs.jsonl',
      '--policy',
      name,
      '--json',
    );
    expect([run.exitCode, run.json()]).toMatchObject([
      2,
      {
        error: {
          code: 'POLICY_BUNDLE_INVALID',
          problems: expect.arrayContaining([
            expect.objectContaining({
              file,
              line: line ?? expect.any(Number),
              column: column ?? expect.any(Number),
            }),
          ]),
        },
      },
    ]);
    expect(run.stderr).toContain(`${file}:`);
  });

  it('refuses a bundle that is not text, or too large', async () => {
    lay();
    writeFileSync(folder.path('policy.yaml'), Uint8Array.of(0xff, 0xfe));
    expect((await replay()).stderr).toContain('CLI_INPUT_INVALID');
    writeFileSync(folder.path('policy.yaml'), ' '.repeat(256 * 1024 + 1));
    expect((await replay()).stderr).toContain('CLI_FILE_UNREADABLE');
  });
});
