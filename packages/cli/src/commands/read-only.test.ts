import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, readdirSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { useFolder } from '../test-cli.js';
import { recordTraces } from '../test-traces.js';

const mount = (...args: readonly string[]): boolean => spawnSync('mount', args).status === 0;

const LISTS = [
  ['keys', 'list'],
  ['keys', 'jwks'],
  ['operator', 'reviews'],
  ['operator', 'reviews', '--statistics'],
  ['operator', 'review', 'grants'],
  ['policy', 'history'],
  ['lineage', 'graph', 'allowed'],
  ['audit', 'leases'],
  ['mcp-tools'],
  ['audit', 'check-health'],
] as const;

describe('commands that only read', () => {
  const { path, run } = useFolder();

  it.each([
    ['a folder that cannot be written to', () => mount('-o', 'remount,ro', path('disk'))],
    [
      'a full disk',
      () => {
        spawnSync('dd', ['if=/dev/zero', `of=${path('disk', 'filler')}`, 'bs=4096']);
        return true;
      },
    ],
  ])('work on %s', async (_, damage) => {
    await run('init', '--origin', 'copy.example/evidence');
    await recordTraces(path('.spanforge'));
    mkdirSync(path('disk'));
    if (!mount('-t', 'tmpfs', '-o', 'size=8m', 'tmpfs', path('disk'))) {
      console.warn('Skipped: no small file system can be mounted here.');
      return;
    }
    try {
      cpSync(path('.spanforge'), path('disk', 'copy'), { recursive: true });
      expect(damage()).toBe(true);
      const before = readdirSync(path('disk', 'copy'), { recursive: true }).sort();
      const state = ['--state', path('disk', 'copy')] as const;
      expect(await run('operator', 'inspect', 'allowed', ...state)).toMatchObject({ exitCode: 0 });
      const list = await run('operator', 'list', '--json', ...state);
      expect(list.json().traces).toHaveLength(3);
      expect((await run('audit', 'fsck', ...state)).stdout).toContain('checkpoints');
      for (const command of LISTS) {
        const { exitCode, stderr } = await run(...command, ...state);
        expect([command, exitCode, stderr]).toEqual([command, 0, '']);
      }
      const missing = await run('policy', 'canary', 'status', 'none', ...state);
      expect(missing).toMatchObject({ exitCode: 3, stderr: '' });
      const events = ['--output', path('events.cef')] as const;
      expect(await run('export', 'cef', ...events, ...state)).toMatchObject({ exitCode: 0 });
      const output = ['--output', path('package.json')] as const;
      expect(await run('operator', 'export', 'allowed', ...output, ...state)).toMatchObject({
        exitCode: 0,
      });
      expect(readdirSync(path('disk', 'copy'), { recursive: true }).sort()).toEqual(before);
    } finally {
      spawnSync('umount', ['-l', path('disk')]);
    }
  });

  it('say in a package that its log was damaged, where nothing can be signed', async () => {
    await run('init', '--origin', 'copy.example/evidence');
    await recordTraces(path('.spanforge'));
    cpSync(path('.spanforge'), path('disk', 'copy'), { recursive: true });
    await recordTraces(path('.spanforge'));
    // The older log beside the newer mark.
    const mark = ['keys', 'log.mark.json'] as const;
    cpSync(path('.spanforge', ...mark), path('disk', 'copy', ...mark));
    if (!mount('-t', 'tmpfs', '-o', 'size=8m', 'tmpfs', path('.spanforge'))) return;
    try {
      cpSync(path('disk', 'copy'), path('.spanforge'), { recursive: true });
      expect(mount('-o', 'remount,ro', path('.spanforge'))).toBe(true);
      const made = await run('operator', 'export', 'allowed', '--output', 'p.zip', '--json');
      expect([made.exitCode, made.json()]).toMatchObject([
        3,
        { outcome: 'exported', damaged: { reason: 'rolled_back' } },
      ]);
      const keys = ['log.vkey', 'package.jwks.json'].flatMap((file) => [
        ...['--key', `.spanforge/keys/${file}`],
      ]);
      const verified = await run('operator', 'verify', 'p.zip', ...keys, '--json');
      expect([verified.exitCode, verified.json().findings]).toEqual([
        0,
        expect.arrayContaining([expect.objectContaining({ code: 'log_damaged' })]),
      ]);
    } finally {
      spawnSync('umount', ['-l', path('.spanforge')]);
    }
  });
});
