import { spawnSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { GROUPS } from '../groups.js';
import { useFolder } from '../test-cli.js';

const folder = useFolder();
const hasBash = spawnSync('bash', ['--version']).status === 0;

async function script(shell: string): Promise<string> {
  const { exitCode, stdout } = await folder.run('completion', shell);
  expect(exitCode).toBe(0);
  return stdout;
}

/** What bash would offer after these words, the last of them begun. */
function offered(text: string, words: readonly string[]): readonly string[] {
  const given = words.map((word) => `'${word}'`).join(' ');
  const tell = `COMP_WORDS=(${given}); COMP_CWORD=${words.length - 1}; _spanforge`;
  const { stdout } = spawnSync(
    'bash',
    ['-c', `${text}\n${tell}\nprintf '%s\\n' "\${COMPREPLY[@]}"`],
    {
      encoding: 'utf8',
    },
  );
  return stdout.split('\n').filter((line) => line !== '');
}

describe('completion', () => {
  it.skipIf(!hasBash)('offers commands and options in bash', async () => {
    const text = await script('bash');
    expect(offered(text, ['spanforge', 'pol'])).toEqual(['policy']);
    expect(offered(text, ['spanforge', 'policy', 'l'])).toEqual(['lint']);
    expect(offered(text, ['spanforge', 'policy', 'lint', '--j'])).toEqual(['--json']);
    expect(offered(text, ['spanforge', 'nonsense', ''])).toEqual([]);
  });

  it.each(['bash', 'zsh', 'fish'])('knows every command in %s', async (shell) => {
    const text = await script(shell);
    for (const name of GROUPS.flatMap(({ names }) => names)) expect(text).toContain(name);
    expect(text).toContain('operator inspect');
  });

  it('knows no other shell', async () => {
    expect((await folder.run('completion', 'tcsh')).exitCode).toBe(2);
  });
});

describe('command groups', () => {
  it('have exactly the commands they are loaded for', async () => {
    const { stdout } = await folder.run('--help');
    const listed = [...stdout.matchAll(/^ {2}([a-z][a-z-]*)(?: |$)/gm)].map(([, name]) => name);
    const names = GROUPS.flatMap((group) => group.names);
    expect(listed.filter((name) => name !== 'help').sort()).toEqual([...names].sort());
  });

  it.each([
    ['polcy', 'policy'],
    ['operatr', 'operator'],
  ])('an unknown command %s is exit code 2, with a suggestion', async (given, meant) => {
    const { exitCode, stderr } = await folder.run(given);
    expect(exitCode).toBe(2);
    expect(stderr).toContain(`Did you mean ${meant}?`);
    const { stderr: inside } = await folder.run('policy', 'lnt');
    expect(inside).toContain('Did you mean lint?');
  });
});
