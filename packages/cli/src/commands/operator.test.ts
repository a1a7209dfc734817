import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { createGovernor } from '@spanforge/govern';
import { beforeEach, describe, expect, it } from 'vitest';
import { type CliRun, useFolder } from '../test-cli.js';
import { recordTraces } from '../test-traces.js';
import { openWorkspace } from '../workspace/workspace.js';

const folder = useFolder();
const VKEY = ['--key', '.spanforge/keys/log.vkey'] as const;
const KEYS = [...VKEY, '--key', '.spanforge/keys/package.jwks.json'] as const;

let reviewId = '';
beforeEach(async () => {
  await folder.run('init');
  ({ reviewId } = await recordTraces(folder.path('.spanforge')));
});

const verify = (...argv: readonly string[]): Promise<CliRun> =>
  folder.run('operator', 'verify', ...argv, '--json');

describe('spanforge operator inspect', () => {
  it('says why, over what was signed as it was written, and signs nothing itself', async () => {
    const mark = () => readFileSync(folder.path('.spanforge/keys/log.mark.json'), 'utf8');
    const before = mark();
    const text = await folder.run('operator', 'inspect', 'blocked');
    expect([text.exitCode, text.stdout]).toEqual([
      0,
      expect.stringContaining('Huge refunds never'),
    ]);
    const inspected = await folder.run('operator', 'inspect', 'blocked', '--json');
    expect(inspected.json()).toMatchObject({
      trace_id: 'blocked',
      outcome: 'block',
      chain: { acknowledged: 0, broken: [], checkpoint: { signature: 'verified' } },
    });
    expect(mark()).toBe(before);
  });

  it('exits 3 where there is no evidence', async () => {
    const { exitCode, json } = await folder.run('operator', 'inspect', 'unknown', '--json');
    expect([exitCode, json()]).toMatchObject([3, { status: 'no_evidence' }]);
  });

  it('leaves no doubt in its JSON: every key is snake_case', async () => {
    const { stdout } = await folder.run('operator', 'inspect', 'allowed', '--json');
    expect(stdout.match(/"[a-z_]*[A-Z]\w*":/g)).toBeNull();
  });
});

describe('spanforge operator export and verify', () => {
  it.each(['p.zip', 'p.json', 'p'])('%s is valid under keys from outside it', async (output) => {
    const made = await folder.run('operator', 'export', 'allowed', '--output', output, '--json');
    expect([made.exitCode, made.stderr]).toEqual([0, '']);
    expect(made.json()).toMatchObject({ package: folder.path(output), outcome: 'exported' });
    const valid = await verify(output, ...KEYS);
    expect([valid.exitCode, valid.json()]).toMatchObject([0, { verdict: 'valid', level: 'L1' }]);
    expect((await folder.run('audit', 'verify', output, ...KEYS)).stdout).toMatch(/^VALID \(L1\)/);
  });

  it('K-07: is untrusted without a key, incomplete with one of two, and takes none from inside', async () => {
    await folder.run('operator', 'export', 'allowed', '--output', 'p');
    const none = await verify('p');
    expect([none.exitCode, none.json()]).toMatchObject([3, { verdict: 'untrusted' }]);
    const one = await verify('p', ...VKEY);
    expect([one.exitCode, one.json()]).toMatchObject([3, { verdict: 'incomplete' }]);
    const inside = await verify('p', '--key', 'p/keys/jwks.json');
    expect([inside.exitCode, inside.json()]).toMatchObject([2, { error: { code: 'CLI_USAGE' } }]);
    await folder.run('init', '--state', 'other');
    const other = await verify('p', '--key', 'other/keys/package.jwks.json');
    expect(other.exitCode).toBe(3);
  });

  it('T-07: an unknown trace is an explicit empty package, never valid', async () => {
    const made = await folder.run('operator', 'export', 'unknown', '--output', 'p.zip', '--json');
    expect([made.exitCode, made.json()]).toMatchObject([3, { records: 0, outcome: 'no_evidence' }]);
    expect((await verify('p.zip', ...KEYS)).exitCode).toBe(3);
  });

  it('writes over nothing, and through no link', async () => {
    writeFileSync(folder.path('there.zip'), 'mine');
    symlinkSync(folder.path('target.zip'), folder.path('link.zip'));
    mkdirSync(folder.path('full'));
    writeFileSync(folder.path('full/keep'), 'mine');
    for (const output of ['there.zip', 'link.zip', 'full', 'none/p.zip']) {
      const made = await folder.run('operator', 'export', 'allowed', '--output', output, '--json');
      expect(made.exitCode).toBe(2);
      expect(made.json()).toMatchObject({
        error: {
          code: expect.stringMatching(/^OPERATOR_(TARGET_REFUSED|FILE_FAILED)$/),
          details: { file: folder.path(output) },
        },
      });
    }
    expect(readFileSync(folder.path('there.zip'), 'utf8')).toBe('mine');
    expect(readdirSync(folder.path()).sort()).toEqual([
      '.spanforge',
      'full',
      'link.zip',
      'there.zip',
    ]);
  });

  it('names the record and the value whose bytes are damaged, and exports without them', {
    timeout: 60_000,
  }, async () => {
    const { log, close } = await openWorkspace(folder.path('.spanforge'), 'tests');
    const governor = createGovernor({ log });
    governor.govern((text: string) => text.length, { name: 'measure' });
    const place = { tenant: 'default', project: 'default', env: 'prod', run: 'r', traceId: 'big' };
    const who = { callId: 'c', agent: 'bot', actor: 'person-1' };
    await governor.call('measure', 'x'.repeat(2 ** 21), { ...place, ...who });
    await close();
    const files = folder.path('.spanforge/evidence.db-disclosures');
    for (const name of readdirSync(files)) writeFileSync(join(files, name), 'other bytes');

    const run = (output: string, disclose: string) =>
      folder.run('operator', 'export', 'big', '--output', output, '--disclose', disclose, '--json');
    const refused = await run('all', 'all');
    expect(refused.exitCode).toBe(2);
    expect(refused.stderr + refused.stdout).toContain('EVENTS_STORE_INVALID');
    expect(refused.stderr + refused.stdout).toMatch(
      /the values of record \d+ cannot be disclosed: the stored bytes of the value .{1,3}args.{1,3} of record \d+ are damaged.*Export without disclosing them/,
    );
    expect(existsSync(folder.path('all'))).toBe(false);
    expect((await run('none', 'none')).exitCode).toBe(0);
    expect((await verify('none', ...KEYS)).json().checks).toContainEqual(
      expect.objectContaining({ name: 'disclosures', ok: true }),
    );
    expect((await folder.run('audit', 'fsck')).stdout).toContain('is not what was stored');
  });

  it('discloses only what it is told to', async () => {
    for (const [disclose, shown] of [
      ['none', false],
      ['all', true],
      ['args', true],
      ['other', false],
    ] as const) {
      await folder.run(
        'operator',
        'export',
        'blocked',
        '--output',
        disclose,
        '--disclose',
        disclose,
      );
      const text = readFileSync(folder.path(disclose, 'disclosures.jsonl'), 'utf8');
      expect([disclose, text !== '']).toEqual([disclose, shown]);
    }
  });

  it('T-10: checks that the log extends a checkpoint that was kept', async () => {
    await folder.run('operator', 'export', 'allowed', '--output', 'first');
    const since = ['--since', 'first/checkpoint'];
    await folder.run('operator', 'approve', reviewId, '--reviewer', 'person-2');
    await folder.run('operator', 'export', 'blocked', '--output', 'second', ...since);
    expect((await verify('second', ...KEYS, ...since)).exitCode).toBe(0);
    const forked = readFileSync(folder.path('first/checkpoint'), 'utf8').replace(
      /\n.{8}/,
      '\nAAAAAAAA',
    );
    writeFileSync(folder.path('forked'), forked);
    expect((await verify('second', ...KEYS, '--since', 'forked')).exitCode).not.toBe(0);
  });
});

describe('bad input of a verification', () => {
  it.each([
    ['neither zip nor JSON', 'hello', 1],
    ['half a zip', 'PK\u0003\u0004', 1],
    ['JSON of something else', '{"a":1}', 1],
    ['nothing', '', 1],
  ])('%s is invalid', async (_name, content, exitCode) => {
    writeFileSync(folder.path('p'), content);
    const run = await verify('p', ...KEYS);
    expect([run.exitCode, run.json()]).toMatchObject([
      exitCode,
      { verdict: 'invalid', first_bad: {} },
    ]);
  });

  it('is a matter of reading where there is no package', async () => {
    const run = await verify('none', ...KEYS);
    expect([run.exitCode, run.json()]).toMatchObject([2, { verdict: 'failed' }]);
  });

  it.each([
    ['text', 'hello', { reason: 'SIGNING_VKEY_INVALID' }],
    ['half a JWK', '{"kty":\n?', { line: 2, column: 1 }],
    ['a private key', undefined, { reason: 'SIGNING_KEY_PRIVATE' }],
    ['nothing', '', {}],
  ])('K-08: names the file where a key is %s', async (_name, content, details) => {
    await folder.run('operator', 'export', 'allowed', '--output', 'p');
    const file = folder.path('key');
    const kept = readFileSync(folder.path('.spanforge/keys/log.jwk.json'), 'utf8');
    writeFileSync(file, content ?? kept);
    const run = await verify('p', '--key', 'key');
    expect([run.exitCode, run.json()]).toMatchObject([
      2,
      { error: { code: 'CLI_INPUT_INVALID', details: { file, ...details } } },
    ]);
    expect(run.stdout + run.stderr).not.toContain(JSON.parse(kept).d);
  });
});

describe('spanforge operator reviews, approve and reject', () => {
  it('lists what waits, and takes one decision', async () => {
    const list = await folder.run('operator', 'reviews', '--json');
    expect(list.json()).toMatchObject({
      reviews: [{ review_id: reviewId, state: 'pending', tool: 'refund' }],
    });
    expect((await folder.run('operator', 'reviews')).stdout).toContain(reviewId);
    const shown = await folder.run('operator', 'reviews', reviewId);
    expect(shown.stdout).toContain('arguments  {"amount":500}');
    const one = await folder.run('operator', 'reviews', reviewId, '--json');
    expect(one.json()).toMatchObject({
      review: { review_id: reviewId, state: 'pending' },
      arguments: { amount: 500 },
    });
    const approve = (reviewer: string) =>
      folder.run(
        'operator',
        'approve',
        reviewId,
        '--reviewer',
        reviewer,
        '--note',
        'seen',
        '--json',
      );
    const own = await approve('person-1');
    expect([own.exitCode, own.json()]).toMatchObject([
      1,
      { error: { code: 'GOVERN_REVIEW_SELF_APPROVAL' } },
    ]);
    const done = await approve('person-2');
    expect([done.exitCode, done.json()]).toMatchObject([
      0,
      { review_id: reviewId, resolution: 'approved' },
    ]);
    const twice = await folder.run(
      'operator',
      'reject',
      reviewId,
      '--reviewer',
      'person-3',
      '--json',
    );
    expect([twice.exitCode, twice.json()]).toMatchObject([
      1,
      { error: { code: 'GOVERN_REVIEW_ALREADY_RESOLVED' } },
    ]);
  });

  it('exits 3 for a review nobody asked for', async () => {
    expect((await folder.run('operator', 'reviews', 'none')).exitCode).toBe(3);
    const run = await folder.run('operator', 'reject', 'none', '--reviewer', 'p', '--json');
    expect([run.exitCode, run.json()]).toMatchObject([
      3,
      { error: { code: 'GOVERN_REVIEW_UNKNOWN' } },
    ]);
  });
});
