import { writeFileSync } from 'node:fs';
import { PassThrough, Readable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { createProgram } from '../program.js';
import { useFolder } from '../test-cli.js';
import { BUNDLE, recordTraces } from '../test-traces.js';
import { openWorkspace } from '../workspace/workspace.js';

const folder = useFolder();
const NEW = BUNDLE.replace('version: "1.0"', 'version: "2.0"').replace('> 100.0', '> 5.0');

const policy = (...argv: readonly string[]) => folder.run('policy', ...argv);
const by = ['--actor', 'ann'] as const;

async function lay(): Promise<void> {
  writeFileSync(folder.path('old.yaml'), BUNDLE);
  writeFileSync(folder.path('new.yaml'), NEW);
  await folder.run('init');
}

describe('the life of a bundle', () => {
  it('is one record a step, refusals among them, and told by history', async () => {
    await lay();
    expect((await policy('history')).exitCode).toBe(3);
    expect((await policy('activate', 'new.yaml', ...by)).stdout).toContain('refunds 2.0');
    const older = await policy('activate', 'old.yaml', ...by, '--json');
    expect([older.exitCode, older.json()]).toMatchObject([
      1,
      { error: { code: 'POLICY_VERSION_OLDER' } },
    ]);
    const back = await policy('activate', 'old.yaml', ...by, '--rollback', '--json');
    expect(back.json()).toMatchObject({
      policy_id: 'refunds',
      version: '1.0',
      environment: 'prod',
    });
    const again = await policy('rollback', ...by, '--json');
    expect(again.json()).toMatchObject({ version: '2.0' });
    expect((await policy('promote', ...by, '--from', 'prod', '--to', 'eu')).exitCode).toBe(0);
    expect((await policy('deactivate', ...by)).exitCode).toBe(0);
    expect((await policy('deactivate', ...by)).exitCode).toBe(3);
    const history = await policy('history', '--json');
    expect(history.json()).toMatchObject({ environment: 'prod' });
    const { entries } = history.json() as { entries: readonly Record<string, unknown>[] };
    expect(entries.map(({ step, outcome }) => `${step} ${outcome}`)).toEqual([
      'activated taken',
      'refused refused',
      'rolled_back taken',
      'rolled_back taken',
      'deactivated taken',
      'refused refused',
    ]);
    expect(entries.every(({ actor }) => actor === 'ann')).toBe(true);
    expect((await policy('history', '--environment', 'eu')).stdout).toContain('promoted');
  });

  it('names the application that has nothing on record', async () => {
    await lay();
    const none = await policy('history', '--application', 'desk');
    expect([none.exitCode, none.stdout]).toEqual([3, 'nothing on record for prod of desk\n']);
    const told = await policy('history', '--application', 'desk', '--json');
    expect(told.json()).toEqual({ environment: 'prod', application: 'desk', entries: [] });
  });

  it('says how another policy is replaced', async () => {
    await lay();
    writeFileSync(
      folder.path('other.yaml'),
      BUNDLE.replace('policy_id: refunds', 'policy_id: other'),
    );
    await policy('activate', 'old.yaml', ...by);
    const refused = await policy('activate', 'other.yaml', ...by);
    expect(refused.exitCode).toBe(1);
    expect(refused.stderr).toContain('POLICY_REPLACE_REQUIRED');
    expect(refused.stderr).toContain('(replace): repeat the command with --replace.');
    expect((await policy('activate', 'other.yaml', ...by, '--replace')).exitCode).toBe(0);
  });

  it('names who takes a step', async () => {
    await lay();
    expect((await policy('activate', 'new.yaml')).exitCode).toBe(2);
  });

  it('may begin in the shadow', async () => {
    await lay();
    const run = await policy('activate', 'new.yaml', ...by, '--shadow');
    expect(run.stdout).toContain('in shadow in prod');
    expect((await policy('history')).stdout).toContain('shadow');
    expect((await policy('deactivate', ...by, '--shadow')).exitCode).toBe(0);
  });
});

describe('reviews of decisions', () => {
  it('are recorded for decisions there are', async () => {
    await lay();
    await recordTraces(folder.path('.spanforge'));
    const workspace = await openWorkspace(folder.path('.spanforge'), 'test');
    const types = ['spanforge.policy.decision.v1'];
    const { records } = await workspace.log.query({ types, traceId: 'blocked' });
    await workspace.close();
    const [id = ''] = records.map((record) => record.id);
    const said = ['--reviewer', 'bea', '--verdict', 'true_positive'] as const;
    expect((await policy('review', id, ...said)).exitCode).toBe(0);
    const unknown = await policy(
      'review',
      id.replace(/.$/, id.endsWith('Z') ? 'Y' : 'Z'),
      ...said,
      '--json',
    );
    expect(unknown.exitCode).toBe(3);
    const threshold = ['--goal', 'miss_rate', '--at-most', '0.1'] as const;
    const none = await policy('suggest-threshold', 'no-huge-refunds', ...threshold, '--json');
    expect(none.exitCode).toBe(3);
    expect(
      (await policy('suggest-threshold', 'x', '--goal', 'miss_rate', '--at-most', '2')).exitCode,
    ).toBe(2);
  });
});

describe('reviews of several decisions', () => {
  /** A workspace with decisions, and their ids. */
  async function decided(): Promise<readonly string[]> {
    await lay();
    await recordTraces(folder.path('.spanforge'));
    const workspace = await openWorkspace(folder.path('.spanforge'), 'test');
    const { records } = await workspace.log.query({ types: ['spanforge.policy.decision.v1'] });
    await workspace.close();
    expect(records.length).toBeGreaterThan(1);
    return records.map(({ id }) => id);
  }
  const bea = ['--reviewer', 'bea'] as const;
  async function said(): Promise<readonly (readonly string[])[]> {
    const workspace = await openWorkspace(folder.path('.spanforge'), 'test');
    const { records } = await workspace.log.query({ types: ['spanforge.policy.review.v1'] });
    await workspace.close();
    return records.map(({ body }) => [String(body.decision_id), String(body.verdict)]);
  }

  it('take ids, with a common verdict or their own', async () => {
    const [first = '', second = ''] = await decided();
    writeFileSync(folder.path('ids'), `# yesterday's\n${first}\n\n${second} needs_tuning\n`);
    const run = await policy('review', '--from', 'ids', ...bea, '--verdict', 'true_positive');
    expect([run.exitCode, run.stdout]).toEqual([
      0,
      `recorded: bea says true_positive of ${first}\nrecorded: bea says needs_tuning of ${second}\n`,
    ]);
    expect(await said()).toEqual([
      [first, 'true_positive'],
      [second, 'needs_tuning'],
    ]);
  });

  it('read stdin, and tell what is no decision', async () => {
    const [first = ''] = await decided();
    const unknown = first.replace(/.$/, first.endsWith('Z') ? 'Y' : 'Z');
    const list = `${unknown} false_positive\n${first} false_positive\n`;
    const written = { stdout: '', stderr: '' };
    const stream = (name: 'stdout' | 'stderr') => ({
      isTTY: false,
      write: (text: string) => {
        written[name] += text;
      },
    });
    const stdin = Readable.from([Buffer.from(list)]);
    const program = createProgram({
      ...{
        cwd: folder.path(),
        version: '1.2.3',
        stdout: stream('stdout'),
        stderr: stream('stderr'),
      },
      live: { stdin, stdout: new PassThrough(), env: {}, onStop: () => undefined },
    });
    expect(await program(['policy', 'review', '--from', '-', ...bea, '--json'])).toBe(3);
    expect(JSON.parse(written.stdout)).toEqual({
      reviewer: 'bea',
      recorded: [{ decision_id: first, verdict: 'false_positive' }],
      unknown: [unknown],
    });
    expect(await said()).toEqual([[first, 'false_positive']]);
  });

  it.each([
    ['', 'it names no decision'],
    ['x\n', 'ids:1: expected an id and a verdict'],
    ['x true_positive y\n', 'ids:1: expected an id and a verdict'],
    ['x true_positive\ny right\n', 'ids:2: expected true_positive, false_positive or needs_tuning'],
    ['x true_positive\nx true_positive\n', 'ids:2: this id is listed twice'],
  ])('are refused as a whole where the list is %j', async (list, message) => {
    await lay();
    writeFileSync(folder.path('ids'), list);
    const run = await policy('review', '--from', 'ids', ...bea);
    expect(run.exitCode).toBe(2);
    expect(run.stderr).toContain(message);
  });

  it('are one decision or a list, and need a verdict', async () => {
    await lay();
    writeFileSync(folder.path('ids'), 'x\n');
    const both = await policy('review', 'x', '--from', 'ids', ...bea, '--verdict', 'true_positive');
    const [none, bare] = [await policy('review', ...bea), await policy('review', 'x', ...bea)];
    expect([both, none, bare].map(({ exitCode }) => exitCode)).toEqual([2, 2, 2]);
    expect(both.stderr).toContain('name one decision, or a list of them with --from');
    expect(bare.stderr).toContain('--verdict is missing');
    expect((await policy('review', 'x', ...bea, '--from', '-')).exitCode).toBe(2);
  });
});

describe('spanforge policy canary', () => {
  const runs = (amount: (at: number) => number) =>
    Array.from({ length: 4000 }, (_, at) =>
      JSON.stringify({
        id: `r${at}`,
        tool_calls: [{ id: 'c', name: 'refund', args: { amount: amount(at) } }],
      }),
    ).join('\n');
  const canary = (...more: readonly string[]) =>
    policy('canary', 'new.yaml', '--baseline', 'old.yaml', '--runs', 'runs.jsonl', ...more);

  it('finishes where nothing differs, and rolls back what blocks more', async () => {
    await lay();
    writeFileSync(
      folder.path('runs.jsonl'),
      runs((at) => (at % 3 === 0 ? 20_000 : 1)),
    );
    const same = await canary('--json');
    expect([same.exitCode, same.json()]).toMatchObject([
      0,
      {
        end: 'finished',
        left_out: 0,
        steps: [
          { percent: 10, verdict: 'advance' },
          { percent: 50, verdict: 'advance' },
          { percent: 100, verdict: 'finish' },
        ],
      },
    ]);
    writeFileSync(folder.path('new.yaml'), NEW.replace('> 10000.0', '> 0.0'));
    const stricter = await canary();
    expect(stricter.exitCode).toBe(1);
    expect(stricter.stdout).toMatch(/rolled_back \(block_rate_increase\)[\s\S]*10 % {2,}rollback/);
    writeFileSync(folder.path('runs.jsonl'), `${runs(() => 1).split('\n')[0]}\n`);
    expect((await canary()).exitCode).toBe(3);
    expect((await canary('--unit', 'person')).exitCode).toBe(2);
    expect((await canary('--steps', '50,10')).exitCode).toBe(2);
  });

  it('has a plan, and a status where one is on record', async () => {
    await lay();
    expect((await policy('canary', 'plan', '--steps', '5,100')).stdout).toContain('5 %, 100 %');
    expect((await policy('canary', 'status', 'none')).exitCode).toBe(3);
  });
});
