import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { useFolder } from '../test-cli.js';
import { BUNDLE, recordTraces } from '../test-traces.js';
import { openWorkspace } from '../workspace/workspace.js';

const folder = useFolder();

/** A larger refund may wait for a person, and a smaller one has to. */
const CANDIDATE = BUNDLE.replace('> 10000.0', '> 90000.0')
  .replace('> 100.0', '> 5.0')
  .replace('version: "1.0"', 'version: "2.0"');

const call = (name: string, args: object, result?: unknown) => ({ id: name, name, args, result });
const RUNS = [
  { id: 'r1', tool_calls: [call('refund', { amount: 20 }), call('refund', { amount: 20_000 })] },
  { id: 'r2', tool_calls: [call('look', { amount: 1 }, 'x'), call('refund', { amount: 1 })] },
];

function lay(): void {
  writeFileSync(folder.path('old.yaml'), BUNDLE);
  writeFileSync(folder.path('new.yaml'), CANDIDATE);
  writeFileSync(folder.path('runs.jsonl'), RUNS.map((run) => JSON.stringify(run)).join('\n'));
}

const sha256 = (file: string): string =>
  createHash('sha256')
    .update(readFileSync(folder.path(file)))
    .digest('hex');

const linesOf = (file: string): readonly Record<string, unknown>[] =>
  readFileSync(folder.path(file), 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));

async function recordsOf(type: string) {
  const workspace = await openWorkspace(folder.path('.spanforge'), 'test');
  const { records } = await workspace.log.query({ types: [type] });
  await workspace.close();
  return records;
}

describe('spanforge policy replay --baseline', () => {
  const compare = (...more: readonly string[]) =>
    folder.run(
      'policy',
      'replay',
      'new.yaml',
      '--baseline',
      'old.yaml',
      '--runs',
      'runs.jsonl',
      ...more,
    );

  it('tells what becomes looser and stricter, and fails where anything is looser', async () => {
    lay();
    const run = await compare('--json', '--html', 'page.html');
    expect(run.exitCode).toBe(1);
    expect(run.json()).toMatchObject({
      decisions: 7,
      looser: 1,
      stricter: 1,
      same: 5,
      not_replayable: 0,
      candidate: { id: 'refunds', version: '2.0' },
      baseline: { version: '1.0' },
      by_tool: { refund: { looser: 1, stricter: 1 }, look: { same: 2 } },
      differences: [{ id: 'r1#0' }, { id: 'r1#1', verdict: 'looser' }],
      report_sha256: sha256('new.replay.jsonl'),
      html: folder.path('page.html'),
      record: null,
    });
    expect(linesOf('new.replay.jsonl')).toHaveLength(7);
    expect(linesOf('new.replay.jsonl')[2]).toEqual({
      id: 'r1#1',
      trace: 'r1',
      tenant: 'recorded',
      service: 'sf_govern',
      control: 'tool_call',
      tool: 'refund',
      verdict: 'looser',
      before: {
        outcome: 'block',
        rules: ['large-refunds-wait', 'no-huge-refunds'],
        reason: 'Huge refunds never happen.',
      },
      after: {
        outcome: 'human_review',
        rules: ['large-refunds-wait'],
        reason: 'Large refunds wait for a person.',
      },
      values: { 'args.amount': 20_000 },
    });
    expect(readFileSync(folder.path('page.html'), 'utf8')).toContain('1 decision becomes looser.');
    expect((await compare('--allow-looser', '--output', 'lax.jsonl')).exitCode).toBe(0);
    const text = await compare('--output', 'text.jsonl');
    expect(text.stdout).toContain('7 decisions: 1 looser, 1 stricter, 5 same, 0 not replayable');
    expect(text.stderr).toMatch(/7 decisions in .* a second/);
  });

  it('puts counts and digests on record', async () => {
    lay();
    await folder.run('init');
    await compare();
    const [record] = await recordsOf('spanforge.policy.comparison.v1');
    expect(record).toMatchObject({
      mode: 'replay',
      policy: { version: '2.0' },
      body: {
        source: 'runs',
        decisions: 7,
        looser: 1,
        input_sha256: sha256('runs.jsonl'),
        report_sha256: sha256('new.replay.jsonl'),
        outcomes_before: { block: 1 },
        outcomes_after: { human_review: 2 },
      },
    });
  });

  it('leaves nothing behind where the traffic breaks off, and writes over no input', async () => {
    lay();
    writeFileSync(folder.path('runs.jsonl'), `${JSON.stringify(RUNS[0])}\nbroken`);
    const before = readdirSync(folder.path());
    expect((await compare('--html', 'page.html')).exitCode).toBe(2);
    for (const more of [
      ['--output', 'old.yaml'],
      ['--html', 'runs.jsonl'],
      ['--html', 'x', '--output', 'x'],
      ['--output', '-'],
      ['--tenant', 't'],
    ]) {
      const { exitCode, stderr } = await compare(...more);
      expect([more, exitCode, stderr]).toEqual([more, 2, expect.stringContaining('CLI_USAGE')]);
    }
    expect(readdirSync(folder.path())).toEqual(before);
  });
});

describe('spanforge policy replay, over the evidence log', () => {
  it('finds no difference on the bundle that decided, and those of a candidate', async () => {
    lay();
    await folder.run('init');
    await recordTraces(folder.path('.spanforge'));
    const same = await folder.run('policy', 'replay', 'old.yaml', '--json', '--strict');
    expect(same.exitCode).toBe(0);
    expect(same.json()).toMatchObject({ decisions: 3, same: 3, looser: 0, not_replayable: 0 });
    const other = await folder.run('policy', 'replay', 'new.yaml', '--json', '--trace', 'blocked');
    expect(other.exitCode).toBe(1);
    expect(other.json()).toMatchObject({ decisions: 1, looser: 1 });
    const records = await recordsOf('spanforge.policy.comparison.v1');
    expect(records.map(({ body }) => body)).toMatchObject([
      { source: 'log', same: 3 },
      { source: 'log', looser: 1 },
    ]);
    expect(records[0]?.body).not.toHaveProperty('baseline_digest');
  });

  it('is incomplete where decisions cannot be taken again, and says so', async () => {
    lay();
    await folder.run('init');
    await recordTraces(folder.path('.spanforge'));
    writeFileSync(
      folder.path('new.yaml'),
      CANDIDATE.replace('environment: prod', 'environment: test'),
    );
    const strict = await folder.run('policy', 'replay', 'new.yaml', '--strict');
    expect(strict.exitCode).toBe(3);
    expect(strict.stdout).toContain('other_environment');
    expect(
      (await folder.run('policy', 'replay', 'new.yaml', '--output', 'lax.jsonl')).exitCode,
    ).toBe(0);
    const any = await folder.run(
      'policy',
      'replay',
      'new.yaml',
      '--any-environment',
      '--output',
      'any.jsonl',
    );
    expect(any.exitCode).toBe(1);
  });

  it('needs a workspace', async () => {
    lay();
    const { exitCode, stderr } = await folder.run('policy', 'replay', 'new.yaml');
    expect([exitCode, stderr]).toEqual([2, expect.stringContaining('CLI_WORKSPACE_MISSING')]);
  });
});

describe('spanforge policy simulate', () => {
  it('tells what a bundle alone says', async () => {
    lay();
    await folder.run('init');
    const run = await folder.run(
      'policy',
      'simulate',
      'new.yaml',
      '--runs',
      'runs.jsonl',
      '--json',
    );
    expect(run.exitCode).toBe(0);
    expect(run.json()).toMatchObject({
      decisions: 8,
      outcomes: { allow: 6, human_review: 2 },
      indeterminate: 0,
      not_replayable: 0,
      by_rule: { 'large-refunds-wait': { human_review: 2 } },
      report_sha256: sha256('new.simulate.jsonl'),
    });
    const [record] = await recordsOf('spanforge.policy.simulation.v1');
    expect(record).toMatchObject({ mode: 'simulate', body: { source: 'runs', decisions: 8 } });
    await recordTraces(folder.path('.spanforge'));
    const again = await folder.run('policy', 'simulate', 'new.yaml');
    expect(again.stderr).toContain('new.simulate.jsonl: already exists; give another name');
    const log = await folder.run('policy', 'simulate', 'new.yaml', '--output', 'log.jsonl');
    expect(log.stdout).toContain('3 decisions, 0 not replayable');
  });

  it('takes facts from the results of earlier calls', async () => {
    const when = 'facts.seen == "x"';
    const rule = `  - { rule_id: seen, service: sf_govern, control: tool_call, target: { tools: [refund] }, when: '${when}', action: block }\n`;
    lay();
    writeFileSync(folder.path('new.yaml'), `${BUNDLE}${rule}facts:\n  seen: { from: look }\n`);
    const lines = [
      RUNS[1],
      { id: 'r3', tool_calls: [call('look', {}), call('refund', { amount: 1 })] },
    ];
    writeFileSync(folder.path('runs.jsonl'), lines.map((line) => JSON.stringify(line)).join('\n'));
    const run = await folder.run(
      'policy',
      'simulate',
      'new.yaml',
      '--runs',
      'runs.jsonl',
      '--json',
      '--strict',
    );
    expect(run.exitCode).toBe(3);
    expect(run.json()).toMatchObject({ reasons: { facts_missing: 1 }, outcomes: { block: 1 } });
    const alone = await folder.run(
      'policy',
      'replay',
      'new.yaml',
      '--runs',
      'runs.jsonl',
      '--json',
    );
    expect(alone.json()).toMatchObject({ outcomes: { allow: 2, block: 2 }, indeterminate: 1 });
  });
});
