import { renameSync, rmSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { useFolder } from '../test-cli.js';

describe('a log that something happened to', () => {
  const folder = useFolder();

  it('N-07: governs no more without its mark, and is succeeded', async () => {
    await folder.run('init', '--origin', 'example.com/log');
    await folder.run('audit', 'fsck');
    const mark = folder.path('.spanforge/keys/log.mark.json');
    renameSync(mark, `${mark}.kept`);
    const made = await folder.run(
      ...['audit', 'succeed', 'next', '--origin', 'example.com/log-2', '--json'],
    );
    expect([made.exitCode, made.json()]).toMatchObject([
      0,
      { predecessor: 'example.com/log', size: 1, reason: 'mark_missing' },
    ]);
    const whole = await folder.run('audit', 'fsck', '--state', 'next', '--json');
    expect([whole.exitCode, whole.json()]).toMatchObject([0, { findings: [] }]);
    const [again] = [await folder.run('audit', 'succeed', 'next', '--origin', 'example.com/l3')];
    expect(again?.exitCode).toBe(2);
    rmSync(folder.path('next'), { recursive: true });
  });

  it('shows leases, makes the index anew, and puts nothing aside that is whole', async () => {
    await folder.run('init', '--origin', 'example.com/log');
    const made = await folder.run('audit', 'reindex', '--json');
    expect([made.exitCode, made.json()]).toMatchObject([0, { records: 1 }]);
    expect((await folder.run('audit', 'leases', '--json')).exitCode).toBe(0);
    expect((await folder.run('audit', 'leases', '--break', 'nothing')).exitCode).toBe(2);
    const put = ['audit', 'quarantine', '0', '--reason', 'a try', '--by', 'me'];
    expect((await folder.run(...put)).exitCode).toBe(2);
  });
});
