import { rederiveLog } from '@spanforge/operator';
import { describe, expect, it } from 'vitest';
import { useFolder } from '../test-cli.js';
import { recordTraces } from '../test-traces.js';
import { openWorkspace } from '../workspace/workspace.js';
import { createPolicyRederiver } from './policy-rederiver.js';

const folder = useFolder();
const WHY = ['--reason', 'asked for', '--by', 'privacy-officer'];

async function rederived() {
  const run = await folder.run('audit', 'rederive', '--json');
  return { exitCode: run.exitCode, ...run.json() } as Readonly<Record<string, unknown>>;
}

describe('spanforge audit rederive', () => {
  it('takes every decision again, and says after an erasure which are lost with it', async () => {
    await folder.run('init', '--sealed');
    await recordTraces(folder.path('.spanforge'));
    const before = await rederived();
    expect(before).toMatchObject({ exitCode: 0, different: 0, decisions: [] });
    expect(Number(before.same)).toBeGreaterThan(2);
    await folder.run('audit', 'erase', 'person-1', ...WHY);
    const after = await rederived();
    const lost = { erased: before.same, pruned: 0, missing: 0 };
    expect(after).toMatchObject({ exitCode: 0, same: 0, different: 0, not_rederivable: lost });
    const text = await folder.run('audit', 'rederive', '--trace', 'blocked');
    expect(text.stdout).toMatch(/record \d+ of blocked: not rederivable, erased: request/);
  });

  it('tells what was pruned from what is missing for no reason', async () => {
    await folder.run('init');
    await recordTraces(folder.path('.spanforge'));
    const { same } = await rederived();
    await folder.run('enterprise', 'settings', '--retention-days', '30', ...WHY);
    await folder.run('audit', 'hold', 'held', '--trace', ...WHY);
    const then = new Date(Date.now() + 31 * 86_400_000).toISOString();
    await folder.run('audit', 'prune', '--at', then, ...WHY);
    const pruned = await rederived();
    const counts = pruned.not_rederivable as Readonly<Record<string, number>>;
    expect(pruned).toMatchObject({ exitCode: 0, different: 0 });
    expect([Number(pruned.same) > 0, (counts.pruned ?? 0) > 0, counts.missing]).toEqual([
      true,
      true,
      0,
    ]);
    expect(Number(pruned.same) + (counts.pruned ?? 0)).toBe(same);

    // Somebody takes the values of another trace away and puts nothing on record.
    const workspace = await openWorkspace(folder.path('.spanforge'), 'test');
    const { records } = await workspace.log.query({ traceId: 'held' });
    await recordTraces(folder.path('.spanforge'));
    const { records: later } = await workspace.log.query({
      traceId: 'held',
      cursor: (records.at(-1)?.index ?? 0) + 1,
    });
    await workspace.store.eraseDisclosures(later.map(({ index }) => index));
    await workspace.close();
    const missing = (await rederived()) as {
      exitCode: number;
      not_rederivable: Record<string, number>;
    };
    expect(missing.exitCode).toBe(3);
    expect(missing.not_rederivable.missing).toBeGreaterThan(0);
  });

  it('names a decision that does not follow from its policy', async () => {
    await folder.run('init');
    await recordTraces(folder.path('.spanforge'));
    const workspace = await openWorkspace(folder.path('.spanforge'), 'test');
    const honest = createPolicyRederiver();
    const report = await rederiveLog(workspace.log, {
      rederive: (bundle, request) => ({ ...honest(bundle, request), reason: 'another' }),
    });
    await workspace.close();
    expect([report.same, report.different > 0]).toEqual([0, true]);
    expect(report.decisions[0]).toMatchObject({ status: 'different', parts: ['reason'] });
  });
});
