import { spawn } from 'node:child_process';
import { openEvidenceLog } from '@spanforge/core-events/log';
import { openSqliteStore } from '@spanforge/store-sqlite';
import { beforeEach, describe, expect, it } from 'vitest';
import { useFolder } from '../test-cli.js';
import { recordTraces } from '../test-traces.js';
import { workspacePaths } from '../workspace/config.js';

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

  it('lists the rest where a record is not authentic, and exits 1', async () => {
    const store = await openSqliteStore({ path: workspacePaths(path('.spanforge')).store });
    const origin = 'list.example/evidence';
    const log = await openEvidenceLog({ store, origin, writer: 'stranger', hmac: false });
    const place = {
      tenant: 'default',
      project: 'default',
      env: 'prod',
      run: 'r',
      traceId: 'forged',
    };
    const context = { ...place, agent: 'a', actor: 'b', source: 'test@1' };
    const body = { kid: 'k', role: 'log' };
    await log.append([{ type: 'spanforge.key.retired.v1', context, body }]);
    await log.close();
    const { exitCode, stdout, json } = await run('operator', 'list', '--json');
    expect({ exitCode, stdout: stdout.length > 0 }).toEqual({ exitCode: 1, stdout: true });
    expect(json()).toMatchObject({
      traces: [{ trace_id: 'held' }, { trace_id: 'blocked' }, { trace_id: 'allowed' }],
      broken: [{ index: expect.any(Number), reason: 'hmac_missing' }],
    });
    expect((await run('operator', 'list')).stdout).toMatch(
      /record \d+ is passed over: hmac_missing/,
    );
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

  it('lists those pending, and watches them come and go until stopped', async () => {
    await run('init', '--origin', 'list.example/evidence');
    const { reviewId } = await recordTraces(path('.spanforge'));
    const bin = new URL('../../dist/bin.js', import.meta.url).pathname;
    const watching = ['operator', 'reviews', '--pending', '--watch', '--json'];
    const child = spawn(process.execPath, [bin, ...watching], { cwd: path() });
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
