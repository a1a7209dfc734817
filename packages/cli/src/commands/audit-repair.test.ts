import {
  cpSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { openEvidenceLog } from '@spanforge/core-events/log';
import { createLeaseClock } from '@spanforge/core-events/node';
import { openSqliteStore } from '@spanforge/store-sqlite';
import { describe, expect, it } from 'vitest';
import { useFolder } from '../test-cli.js';
import { recordTraces } from '../test-traces.js';
import { readConfig, workspacePaths } from '../workspace/config.js';
import { readKeys } from '../workspace/keys.js';

const CONTEXT = {
  ...{ tenant: 'default', project: 'default', env: 'prod', run: 'r', traceId: 't' },
  ...{ agent: 'a', actor: 'b', source: 'test@1.0.0' },
};

/** The log of a workspace as a process has it that is killed before it signs. */
async function openUnsigned(root: string) {
  const paths = workspacePaths(root);
  const [{ origin }, keys] = [await readConfig(paths), await readKeys(paths)];
  const store = await openSqliteStore({ path: paths.store });
  const log = await openEvidenceLog({ store, origin, writer: 'w', hmac: keys.record });
  return { store, log };
}

describe('a log that something happened to', () => {
  const folder = useFolder();

  it('N-07: governs no more without its mark, and is succeeded', async () => {
    await folder.run('init', '--origin', 'example.com/log');
    await folder.run('audit', 'fsck');
    const mark = folder.path('.spanforge/keys/log.mark.json');
    renameSync(mark, `${mark}.kept`);
    const told = await folder.run('doctor');
    expect([told.exitCode, told.stdout]).toEqual([
      2,
      expect.stringContaining('governs nothing: mark_missing'),
    ]);
    const made = await folder.run(
      ...['audit', 'succeed', 'next', '--origin', 'example.com/log-2', '--json'],
    );
    expect([made.exitCode, made.json()]).toMatchObject([
      0,
      { predecessor: 'example.com/log', size: 5, reason: 'mark_missing' },
    ]);
    const whole = await folder.run('audit', 'fsck', '--state', 'next', '--json');
    expect([whole.exitCode, whole.json()]).toMatchObject([0, { findings: [] }]);
    const [again] = [await folder.run('audit', 'succeed', 'next', '--origin', 'example.com/l3')];
    expect(again?.exitCode).toBe(2);
    rmSync(folder.path('next'), { recursive: true });
  });

  it('is succeeded in a folder that can be made, and nothing else is removed', async () => {
    await folder.run('init', '--origin', 'example.com/log');
    await recordTraces(folder.path('.spanforge'));
    writeFileSync(folder.path('taken'), 'mine');
    symlinkSync('gone', folder.path('nowhere'));
    for (const target of ['taken/next', 'nowhere']) {
      const refused = await folder.run('audit', 'succeed', target, '--origin', 'example.com/log-2');
      expect(refused.exitCode).toBe(2);
      expect(refused.stderr).toContain('CLI_FILE_UNWRITABLE');
    }
    expect(readFileSync(folder.path('taken'), 'utf8')).toBe('mine');
    expect(lstatSync(folder.path('nowhere')).isSymbolicLink()).toBe(true);
  });

  it('N-06: a damaged log is inspected and exported from as far as it was signed', async () => {
    await folder.run('init', '--origin', 'example.com/log');
    await recordTraces(folder.path('.spanforge'));
    const database = folder.path('.spanforge/evidence.db');
    cpSync(folder.path('.spanforge'), folder.path('older'), { recursive: true });
    await recordTraces(folder.path('.spanforge'));
    for (const end of ['', '-wal', '-shm']) {
      rmSync(`${database}${end}`, { force: true });
      const kept = folder.path(`older/evidence.db${end}`);
      if (existsSync(kept)) cpSync(kept, `${database}${end}`);
    }
    const inspected = await folder.run('operator', 'inspect', 'allowed', '--json');
    expect([inspected.exitCode, inspected.json()]).toMatchObject([
      3,
      { damaged: 'rolled_back', chain: { status: 'published' } },
    ]);
    const told = await folder.run('operator', 'inspect', 'allowed');
    expect(told.stdout).toMatch(/^Log DAMAGED \(rolled_back\)/);
    const made = await folder.run(
      ...['operator', 'export', 'allowed', '--output', 'p.zip', '--json'],
    );
    const { size } = made.json().damaged as { size: number };
    expect([made.exitCode, made.json()]).toMatchObject([
      3,
      { outcome: 'exported', damaged: { reason: 'rolled_back' } },
    ]);
    const keys = ['log.vkey', 'package.jwks.json'].flatMap((file) => [
      '--key',
      `.spanforge/keys/${file}`,
    ]);
    const verified = await folder.run('operator', 'verify', 'p.zip', ...keys, '--json');
    expect([verified.exitCode, verified.json()]).toMatchObject([0, { verdict: 'valid' }]);
    const findings = verified.json().findings as { code: string; message: string }[];
    expect(findings.filter(({ code }) => code === 'log_damaged')).toEqual([
      {
        code: 'log_damaged',
        message: expect.stringContaining(
          `rolled_back): this rests on the checkpoint of size ${size}`,
        ),
      },
    ]);
    expect(size).toBeGreaterThan(5);
  });

  it('T-10: a package from before and one from after verify in one go', async () => {
    await folder.run('init', '--origin', 'example.com/log');
    const before = await recordTraces(folder.path('.spanforge'));
    const exportOf = (state: string, trace: string, output: string) =>
      folder.run('operator', 'export', trace, '--state', state, '--output', output);
    expect(before.reviewId).not.toBe('');
    expect((await exportOf('.spanforge', 'allowed', 'before')).exitCode).toBe(0);
    await folder.run('keys', 'rotate', 'package', '--by', 'ada');
    renameSync(folder.path('.spanforge/keys/log.mark.json'), folder.path('mark.json'));
    const made = await folder.run(
      ...['audit', 'succeed', 'next', '--origin', 'example.com/log-2', '--json'],
    );
    const { trace } = made.json();
    expect((await exportOf('next', String(trace), 'link')).exitCode).toBe(0);
    await recordTraces(folder.path('next'));
    expect((await exportOf('next', 'allowed', 'after.zip')).exitCode).toBe(0);
    const since = ['--state', 'next', '--output', 'since.zip', '--since', 'link/checkpoint'];
    expect((await folder.run('operator', 'export', 'allowed', ...since)).exitCode).toBe(0);
    const keys = ['.spanforge', 'next'].flatMap((state) => [
      ...['--key', `${state}/keys/log.vkey`, '--key', `${state}/keys/package.jwks.json`],
    ]);
    const together = (...packages: readonly string[]) => {
      const [first = '', ...others] = packages;
      const more = others.flatMap((one) => ['--with', one]);
      return folder.run('audit', 'verify', first, ...more, ...keys, '--json');
    };
    const last = ['--output', 'last.zip', '--since', 'before/checkpoint'];
    expect((await folder.run('operator', 'export', 'allowed', ...last)).exitCode).toBe(3); // the log is damaged
    const larger = await together('before', 'link');
    expect([larger.exitCode, larger.json()]).toMatchObject([
      3,
      { links: [{ relation: 'succession_not_shown' }] },
    ]);
    const chain = await together('before', 'last.zip', 'link', 'since.zip');
    expect([chain.exitCode, chain.json()]).toMatchObject([
      0,
      {
        packages: [{ report: { verdict: 'valid' } }, {}, {}, { report: { verdict: 'valid' } }],
        links: [
          { from: 0, to: 1, relation: 'grown' },
          { from: 1, to: 2, relation: 'successor' },
          { from: 2, to: 3, relation: 'grown' },
        ],
      },
    ]);
    const unshown = await together('link', 'after.zip');
    expect([unshown.exitCode, unshown.json()]).toMatchObject([
      3,
      { links: [{ relation: 'growth_not_shown' }] },
    ]);
    const apart = await together('before', 'after.zip');
    expect([apart.exitCode, apart.json()]).toMatchObject([
      3,
      { links: [{ relation: 'not_related' }] },
    ]);
  });

  it('has no successor that does not name it: what was not finished is no workspace', async () => {
    await folder.run('init', '--origin', 'example.com/log');
    await folder.run('keys', 'rotate', 'package', '--by', 'ada');
    const succeed = (origin: string) => folder.run('audit', 'succeed', 'next', '--origin', origin);
    expect(await succeed('example.com/log')).toMatchObject({ exitCode: 2 }); // the name of the old log
    expect(existsSync(folder.path('next'))).toBe(false);
    // A folder where the write-ahead log belongs: as on a full disk, the new log cannot be begun.
    mkdirSync(folder.path('next/evidence.db-wal/x'), { recursive: true });
    expect(await succeed('example.com/log-2')).toMatchObject({ exitCode: 2 });
    const opened = await folder.run('audit', 'fsck', '--state', 'next');
    expect([opened.exitCode, opened.stderr]).toEqual([
      2,
      expect.stringContaining('CLI_WORKSPACE_MISSING'),
    ]);
    const again = await succeed('example.com/log-2');
    expect([again.exitCode, again.stderr]).toEqual([
      2,
      expect.stringContaining('remove the folder and begin again'),
    ]);
    rmSync(folder.path('next'), { recursive: true });
    expect(await succeed('example.com/log-2')).toMatchObject({ exitCode: 0 });
  });

  it('finds nothing wrong where keys were replaced while another process signed', async () => {
    await folder.run('init', '--origin', 'example.com/log');
    await folder.run('audit', 'fsck');
    const clock = createLeaseClock();
    if (!clock) throw new Error('this machine has no clock for leases');
    const rotateMeanwhile = async () => {
      const { store: path } = workspacePaths(folder.path('.spanforge'));
      const store = await openSqliteStore({ path });
      const lease = (ms: number) =>
        store.lease(`checkpoint/${clock.boot}`, 'other', clock.now(), ms);
      expect(await lease(600_000)).toBe(true);
      const rotated = await folder.run('keys', 'rotate', 'log', '--by', 'ada');
      expect([rotated.exitCode, rotated.stderr]).toEqual([
        2,
        expect.stringContaining('EVENTS_LEASE_HELD'),
      ]);
      await lease(0);
      await store.close();
    };
    await rotateMeanwhile();
    expect(await folder.run('keys', 'rotate', 'record', '--by', 'ada')).toMatchObject({
      exitCode: 0, // signs with the first new key when it closes the log
    });
    await rotateMeanwhile();
    for (const look of [['audit', 'fsck'], ['doctor']]) {
      const seen = await folder.run(...look);
      expect([seen.exitCode, seen.stdout]).toEqual([0, expect.not.stringContaining('FAIL')]);
    }
  });

  it('T-09: two histories of one log are a fork', async () => {
    await folder.run('init', '--origin', 'example.com/log');
    cpSync(folder.path('.spanforge'), folder.path('twin'), { recursive: true });
    for (const state of ['.spanforge', 'twin']) {
      await recordTraces(folder.path(state));
      const output = `${state.replace('.', '')}.zip`;
      await folder.run('operator', 'export', 'allowed', '--state', state, '--output', output);
    }
    const keys = [
      '--key',
      '.spanforge/keys/log.vkey',
      '--key',
      '.spanforge/keys/package.jwks.json',
    ];
    const forked = await folder.run(
      ...['audit', 'verify', 'spanforge.zip', '--with', 'twin.zip', ...keys],
    );
    expect([forked.exitCode, forked.stdout]).toEqual([1, expect.stringContaining('FORK')]);
  });

  it('says whether the tail is pinned, and checks HMACs with the secret from a file', async () => {
    await folder.run('init', '--origin', 'example.com/log');
    await recordTraces(folder.path('.spanforge'));
    await folder.run('operator', 'export', 'allowed', '--output', 'p.zip');
    const keys = [
      '--key',
      '.spanforge/keys/log.vkey',
      '--key',
      '.spanforge/keys/package.jwks.json',
    ];
    const verify = (...more: readonly string[]) =>
      folder.run('audit', 'verify', 'p.zip', ...keys, ...more, '--json');
    expect((await verify()).json()).toMatchObject({ verdict: 'valid', tail: 'unpinned' });
    const pinned = await verify('--known-size', '1', '--hmac-file', '.spanforge/keys/record.json');
    expect(pinned.json()).toMatchObject({ verdict: 'valid', tail: 'pinned' });
    expect(pinned.stdout).toContain('carry a good HMAC');
    const cut = await verify('--known-size', '100000');
    expect([cut.exitCode, cut.json()]).toMatchObject([
      1,
      { verdict: 'invalid', tail: 'unpinned', first_bad: { reason: 'rollback' } },
    ]);
    expect((await verify('--known-size', 'many')).exitCode).toBe(2);
  });

  it('has its doctor say how much no checkpoint covers, and since when', async () => {
    await folder.run('init', '--origin', 'example.com/log');
    await folder.run('audit', 'fsck');
    const { store, log } = await openUnsigned(folder.path('.spanforge'));
    await log.append([
      { type: 'spanforge.key.retired.v1', context: CONTEXT, body: { kid: 'k', role: 'log' } },
    ]);
    await log.close();
    await store.close();
    expect((await folder.run('doctor')).stdout).toMatch(
      /6 records, 5 published, 1 not covered by a checkpoint, the oldest of \d{4}-/,
    );
  });

  it('shows leases, makes the index anew, and puts nothing aside that is whole', async () => {
    await folder.run('init', '--origin', 'example.com/log');
    const made = await folder.run('audit', 'reindex', '--json');
    expect([made.exitCode, made.json()]).toMatchObject([0, { records: 5 }]);
    expect((await folder.run('audit', 'leases', '--json')).exitCode).toBe(0);
    expect((await folder.run('audit', 'leases', '--break', 'nothing')).exitCode).toBe(2);
    const put = ['audit', 'quarantine', '0', '--reason', 'a try', '--by', 'me'];
    expect((await folder.run(...put)).exitCode).toBe(2);
  });
});
