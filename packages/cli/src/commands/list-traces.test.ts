import { spawn } from 'node:child_process';
import { beforeEach, describe, expect, it } from 'vitest';
import { useFolder } from '../test-cli.js';
import { recordTraces } from '../test-traces.js';

describe('operator list', () => {
  const { path, run } = useFolder();
  beforeEach(async () => {
    await run('init', '--origin', 'list.example/evidence');
    await recordTraces(path('.spanforge'));
  });
  const traces = async (...flags: readonly string[]) => {
    const { json } = await run('operator', 'list', '--json', ...flags);
    return (json().traces as { trace_id: string }[]).map((trace) => trace.trace_id);
  };

  it('lists traces, newest first', async () => {
    expect(await traces()).toEqual(['held', 'blocked', 'allowed']);
    const { stdout, exitCode } = await run('operator', 'list');
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/held +\S+ +1 +human_review +held +refund +agent-1 +person-1/);
  });

  it.each([
    [
      ['--tool', 'refund'],
      ['held', 'blocked'],
    ],
    [['--outcome', 'block'], ['blocked']],
    [
      ['--agent', 'agent-1'],
      ['held', 'blocked', 'allowed'],
    ],
    [['--agent', 'agent-2'], []],
    [['--actor', 'person-1', '--tool', 'look'], ['allowed']],
    [['--run', 'another'], []],
    [['--trace', 'held'], ['held']],
    [['--rule', 'no-huge-refunds'], ['blocked']],
    [
      ['--rule', 'large-refunds-wait'],
      ['held', 'blocked'],
    ],
    [['--rule', 'large-refunds-wait', '--outcome', 'block'], ['blocked']],
    [['--rule', 'no-such-rule'], []],
    [['--subject', 'nobody'], []],
    [['--to', '2020-01-01T00:00:00Z'], []],
    [['--from', '2020-01-01T00:00:00Z', '--outcome', 'human_review'], ['held']],
  ])('finds by %j', async (flags, expected) => {
    expect(await traces(...flags)).toEqual(expected);
  });

  it('says when there are more', async () => {
    const { json } = await run('operator', 'list', '--json', '--limit', '2');
    expect(json()).toMatchObject({ more: true });
    expect(json().traces).toHaveLength(2);
  });

  it.each([
    [['--limit', '0'], '--limit'],
    [['--outcome', 'maybe'], '--outcome'],
    [['--from', 'yesterday'], '--from'],
  ])('refuses %j', async (flags, message) => {
    const { exitCode, stderr } = await run('operator', 'list', ...flags);
    expect(exitCode).toBe(2);
    expect(stderr).toContain(message);
  });
});

describe('operator reviews', () => {
  const { path, run } = useFolder();

  it('lists those pending, and watches until stopped', async () => {
    await run('init', '--origin', 'list.example/evidence');
    const { reviewId } = await recordTraces(path('.spanforge'));
    const bin = new URL('../../dist/bin.js', import.meta.url).pathname;
    const child = spawn(process.execPath, [bin, 'operator', 'reviews', '--watch', '--json'], {
      cwd: path(),
    });
    let printed = '';
    child.stdout.on('data', (chunk) => {
      printed += String(chunk);
    });
    const ended = new Promise((resolve) => child.on('exit', resolve));
    const states = () =>
      printed
        .split('\n')
        .filter(Boolean)
        .map((line) => JSON.parse(line).state);
    await expect.poll(states, { timeout: 20_000 }).toEqual(['pending']);
    const pending = await run('operator', 'reviews', '--pending', '--json');
    expect(pending.json().reviews).toMatchObject([{ review_id: reviewId, state: 'pending' }]);
    await run('operator', 'approve', reviewId, '--reviewer', 'somebody-else');
    await expect.poll(states, { timeout: 20_000 }).toEqual(['pending', 'approved']);
    child.kill('SIGTERM');
    expect(await ended).toBe(0);
    expect((await run('operator', 'reviews', '--pending', '--json')).json().reviews).toEqual([]);
  });
});
