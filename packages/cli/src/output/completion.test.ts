import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
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

const hasZsh = spawnSync('zsh', ['--version']).status === 0;
const hasFish = spawnSync('fish', ['--version']).status === 0;

/** What fish offers for a line, the last word of it begun. */
function offeredByFish(text: string, line: string): readonly string[] {
  const asked = `${text}\ncomplete -C ${JSON.stringify(line)}`;
  const { stdout } = spawnSync('fish', ['--no-config', '-c', asked], { encoding: 'utf8' });
  return stdout.split('\n').filter((one) => one !== '');
}

/** The lines that an interactive zsh makes of what was typed and a tab. */
function completedByZsh(file: string, lines: readonly string[]): readonly string[] {
  const program = `
zmodload zsh/zpty
zpty shell zsh -f -i
zpty -w shell 'PS1= RPS1=; unsetopt zle_bracketed_paste; setopt no_list_beep'
zpty -w shell 'autoload -U compinit; compinit -u -D; source ${file}'
zpty -w shell 'tell() { print -r -- "<LINE:$BUFFER>"; BUFFER= }; zle -N tell; bindkey "^Xt" tell'
zpty -w shell 'bindkey "^I" complete-word; print -r -- READY-$((1+1))'
zpty -r shell seen '*READY-2*'
for line in "$@"; do
  zpty -w -n shell "$line"$'\\t\\CXt'
  zpty -r shell seen '*<LINE:*>*'
  print -r -- "\${\${seen##*<LINE:}%%>*}"
done
zpty -d shell`;
  const { stdout } = spawnSync('zsh', ['-f', '-c', program, 'zsh', ...lines], {
    encoding: 'utf8',
    timeout: 50_000,
  });
  return stdout.split('\n').slice(0, -1);
}

describe('completion', () => {
  it.skipIf(!hasZsh)(
    'completes commands and options in an interactive zsh',
    async () => {
      const text = await script('zsh');
      writeFileSync(folder.path('completion.zsh'), text);
      writeFileSync(folder.path('bundle.yaml'), '');
      const lines = [
        ['spanforge pol', 'spanforge policy '],
        ['spanforge policy lin', 'spanforge policy lint '],
        ['spanforge policy lint --js', 'spanforge policy lint --json '],
        ['spanforge policy lint bundle.yaml --js', 'spanforge policy lint bundle.yaml --json '],
        ['spanforge nonsense --js', 'spanforge nonsense --js'],
      ] as const;
      const typed = lines.map(([line]) => line);
      const completed = completedByZsh(folder.path('completion.zsh'), typed);
      expect(completed).toEqual(lines.map(([, line]) => line));
    },
    60_000,
  );

  it('offers commands and options in fish', async ({ skip }) => {
    if (!hasFish) skip('fish is not installed');
    const text = await script('fish');
    expect(offeredByFish(text, 'spanforge pol')).toEqual(['policy']);
    expect(offeredByFish(text, 'spanforge policy lin')).toEqual(['lint']);
    expect(offeredByFish(text, 'spanforge policy lint --js')).toEqual(['--json']);
    expect(offeredByFish(text, 'spanforge policy lint x.yaml --js')).toEqual(['--json']);
    expect(offeredByFish(text, 'spanforge nonsense --js')).toEqual([]);
  }, 60_000);

  it('offers commands and options in bash', async ({ skip }) => {
    if (!hasBash) skip('bash is not installed');
    const text = await script('bash');
    expect(offered(text, ['spanforge', 'pol'])).toEqual(['policy']);
    expect(offered(text, ['spanforge', 'policy', 'l'])).toEqual(['lint']);
    expect(offered(text, ['spanforge', 'policy', 'lint', '--j'])).toEqual(['--json']);
    expect(offered(text, ['spanforge', 'policy', 'lint', 'x.yaml', '--j'])).toEqual(['--json']);
    expect(offered(text, ['spanforge', 'nonsense', ''])).toEqual([]);
    expect(offered(text, ['spanforge', 'policy', 'nonsense', ''])).toEqual([]);
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
