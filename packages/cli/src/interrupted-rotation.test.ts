import { createGovernor } from '@spanforge/govern';
import { describe, expect, it } from 'vitest';
import { useFolder } from './test-cli.js';
import { recordTraces } from './test-traces.js';
import { workspacePaths } from './workspace/config.js';
import { replaceKeys, type WorkspaceKeyRole } from './workspace/replace-keys.js';
import { openWorkspace } from './workspace/workspace.js';

const folder = useFolder();
const WAY_OUT = 'run "keys init"';

/** What a kill between the new key files and their records leaves. */
async function interrupted(...roles: readonly WorkspaceKeyRole[]): Promise<void> {
  await folder.run('init');
  await recordTraces(folder.path('.spanforge'));
  await replaceKeys(workspacePaths(folder.path('.spanforge')), roles);
}

const said = async (...argv: readonly string[]) => {
  const { exitCode, stdout, stderr } = await folder.run(...argv);
  return [exitCode, `${stdout}${stderr}`] as const;
};

describe('a rotation that was interrupted', () => {
  it.each([
    ['log', ['log'], 'key_unknown', 1],
    ['package', ['package'], 'package_key_unknown', 3],
    ['all', ['record', 'package', 'log'], 'key_unknown', 1],
  ] as const)(
    'of %s: every command says the way out, and it is one',
    async (role, roles, reason, inspected) => {
      await interrupted(...roles);
      const commands: readonly (readonly [number, ...string[]])[] = [
        [1, 'keys', 'rotate', role, '--by', 'ada'],
        [1, 'audit', 'fsck'],
        [1, 'audit', 'check-health'],
        [inspected, 'operator', 'inspect', 'keys'],
        [1, 'operator', 'export', 'keys', '--output', 'package'],
        [1, 'export', 'archive', '--output', 'archive'],
        [2, 'doctor'],
      ];
      for (const [code, ...argv] of commands) {
        expect([argv.join(' '), ...(await said(...argv))]).toEqual([
          argv.join(' '),
          code,
          expect.stringMatching(new RegExp(`${reason}[\\s\\S]*${WAY_OUT}`)),
        ]);
      }
      expect((await said('audit', 'fsck'))[1]).not.toContain('clean');
      expect((await said('keys', 'init'))[0]).toBe(0);
      expect((await said('keys', 'rotate', role, '--by', 'ada'))[0]).toBe(0);
      expect(await said('audit', 'fsck')).toEqual([0, expect.stringContaining('clean')]);
      expect((await said('doctor'))[0]).toBe(0);
    },
  );

  it('blocks the calls of a service with the reason', async () => {
    await interrupted('log');
    const workspace = await openWorkspace(folder.path('.spanforge'), 'service');
    const governor = createGovernor({ log: workspace.log, preflight: [] });
    governor.govern(() => 'never', { name: 'look' });
    const place = { tenant: 'default', project: 'default', env: 'prod', run: 'r', traceId: 't' };
    const who = { callId: 'c', agent: 'a', actor: 'p' };
    const result = await governor.call('look', {}, { ...place, ...who });
    expect(result).toMatchObject({
      status: 'blocked',
      reasonCode: 'log_frozen',
      reason: expect.stringContaining('key_unknown'),
    });
    await workspace.close();
  });
});
