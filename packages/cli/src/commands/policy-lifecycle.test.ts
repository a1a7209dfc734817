import { writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
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
    const unknown = await policy('review', id.replace(/.$/, 'Z'), ...said, '--json');
    expect(unknown.exitCode).toBe(3);
    const threshold = ['--goal', 'miss_rate', '--at-most', '0.1'] as const;
    const none = await policy('suggest-threshold', 'no-huge-refunds', ...threshold, '--json');
    expect(none.exitCode).toBe(3);
    expect(
      (await policy('suggest-threshold', 'x', '--goal', 'miss_rate', '--at-most', '2')).exitCode,
    ).toBe(2);
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
