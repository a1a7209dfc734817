import { describe, expect, it } from 'vitest';
import { useFolder } from './test-cli.js';

const folder = useFolder();

const COMMANDS = [
  ['init'],
  ['doctor'],
  ['keys', 'init'],
  ['policy', 'lint'],
  ['policy', 'compare'],
  ['policy', 'test'],
  ['policy', 'draft'],
  ['policy', 'replay'],
  ['policy', 'simulate'],
  ['policy', 'activate'],
  ['policy', 'deactivate'],
  ['policy', 'promote'],
  ['policy', 'rollback'],
  ['policy', 'history'],
  ['policy', 'review'],
  ['policy', 'suggest-threshold'],
  ['policy', 'canary', 'simulate'],
  ['policy', 'canary', 'plan'],
  ['policy', 'canary', 'status'],
  ['operator', 'inspect'],
  ['operator', 'export'],
  ['operator', 'verify'],
  ['operator', 'reviews'],
  ['operator', 'approve'],
  ['operator', 'reject'],
  ['audit', 'fsck'],
  ['audit', 'verify'],
  ['audit', 'check-health'],
  ['validate'],
] as const;

/** Arguments that are complete, and about nothing that exists. */
const COMPLETE: Readonly<Record<string, readonly string[]>> = {
  'keys init': [],
  'policy lint': ['none.yaml'],
  'policy compare': ['none.yaml', 'none.yaml'],
  'policy test': ['none.yaml', '--cases', 'none.cases.yaml'],
  'policy draft': ['--runs', 'none.jsonl', '--output', 'draft'],
  'policy replay': ['--runs', 'none.jsonl', '--policy', 'none.yaml'],
  'policy simulate': ['none.yaml', '--runs', 'none.jsonl'],
  'policy activate': ['none.yaml', '--actor', 'p'],
  'policy deactivate': ['--actor', 'p'],
  'policy promote': ['--actor', 'p', '--from', 'a', '--to', 'b'],
  'policy rollback': ['--actor', 'p'],
  'policy history': [],
  'policy review': ['d', '--reviewer', 'p', '--verdict', 'true_positive'],
  'policy suggest-threshold': ['r', '--goal', 'miss_rate', '--at-most', '0.1'],
  'policy canary simulate': ['none.yaml', '--baseline', 'none.yaml'],
  'policy canary status': ['c'],
  'operator inspect': ['t'],
  'operator export': ['t', '--output', 'x.zip'],
  'operator verify': ['none.zip'],
  'operator reviews': [],
  'operator approve': ['r', '--reviewer', 'p'],
  'operator reject': ['r', '--reviewer', 'p'],
  'operator review snooze': ['r', '--reviewer', 'p', '--for', '1h'],
  'operator review revoke': ['r', '--reviewer', 'p'],
  'operator review escalate': [],
  'operator review grant': ['r', '--reviewer', 'p', '--uses', '1', '--for', '1h'],
  'operator review grants': [],
  'audit fsck': [],
  'audit verify': ['none.zip'],
  'audit check-health': [],
  validate: ['--dataset', 'none.jsonl'],
  doctor: [],
};

describe('help and version', () => {
  it('prints the version', async () => {
    expect(await folder.run('--version')).toMatchObject({
      exitCode: 0,
      stdout: '1.2.3\n',
      stderr: '',
    });
  });

  it('lists every group, and says what exit codes mean', async () => {
    const { exitCode, stdout, stderr } = await folder.run('--help');
    expect([exitCode, stderr]).toEqual([0, '']);
    for (const name of ['init', 'doctor', 'keys', 'policy', 'operator', 'audit', 'Exit codes']) {
      expect(stdout).toContain(name);
    }
  });

  it.each(COMMANDS.map((command) => [command.join(' ')]))('%s has help on stdout', async (name) => {
    const command = name.split(' ');
    const { exitCode, stdout } = await folder.run(...command, '--help');
    expect(exitCode).toBe(0);
    expect(stdout).toContain(`Usage: spanforge ${command.join(' ')}`);
    expect(stdout).toContain('--json');
  });
});

describe('usage', () => {
  it.each<[readonly string[]]>([
    [[]],
    [['operator']],
    [['nonsense']],
    [['operator', 'nonsense']],
    [['doctor', '--nonsense']],
    [['doctor', 'too', 'many']],
    [['operator', 'inspect']],
    [['operator', 'export', 't']],
    [['operator', 'approve', 'r']],
    [['policy', 'replay', '--runs', 'x']],
  ])('%j is exit code 2: nothing on stdout, and with --json one document', async (argv) => {
    const plain = await folder.run(...argv);
    expect([plain.exitCode, plain.stdout]).toEqual([2, '']);
    expect(plain.stderr).not.toBe('');
    const json = await folder.run(...argv, '--json');
    expect(json.exitCode).toBe(2);
    expect(json.json()).toMatchObject({ error: { code: 'CLI_USAGE' } });
  });
});

describe('errors of commands', () => {
  it.each(Object.entries(COMPLETE))('%s tells a missing input as JSON', async (name, args) => {
    const { exitCode, stdout, json } = await folder.run(...name.split(' '), ...args, '--json');
    expect(exitCode).toBe(2);
    expect(json()).toBeTypeOf('object');
    expect(stdout.endsWith('}\n')).toBe(true);
    const plain = await folder.run(...name.split(' '), ...args);
    expect(plain.exitCode).toBe(2);
    if (name !== 'doctor' && !name.endsWith('verify')) {
      expect(json()).toMatchObject({ error: { code: expect.stringMatching(/^CLI_/) } });
      expect([plain.stdout, plain.stderr]).toEqual(['', expect.stringMatching(/^spanforge: CLI_/)]);
    }
  });

  it.each<[string, string, readonly string[]]>([
    ['--actor', '--shadow', ['policy', 'activate', 'none.yaml', '--actor', '--shadow']],
    ['--role', '--', ['mcp-proxy', '--policy', 'p.yaml', '--role', '--', 'node', 'server.js']],
    [
      '--note',
      '--reviewer',
      ['operator', 'approve', 'r', '--reviewer', 'bob', '--note', '--reviewer'],
    ],
  ])('%s does not take %s for its value', async (option, taken, args) => {
    const { exitCode, stderr } = await folder.run(...args);
    expect(exitCode).toBe(2);
    expect(stderr).toContain(`CLI_USAGE: ${option}: expected a value before ${taken}`);
  });

  it('R-10: escapes what it repeats, also of its own arguments', async () => {
    const evil = '\u001b]52;c;x\u0007\u009b\u202e\r';
    const lines: readonly (readonly string[])[] = [
      [evil],
      ['operator', evil],
      ['doctor', '--state', evil],
      ['operator', 'inspect', 't', '--state', evil],
    ];
    for (const argv of lines) {
      const { stdout, stderr } = await folder.run(...argv);
      const json = await folder.run(...argv, '--json');
      // biome-ignore lint/suspicious/noControlCharactersInRegex: these must not be there
      const hidden = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202e]/;
      expect(stdout + stderr + json.stdout + json.stderr).not.toMatch(hidden);
      expect(() => json.json()).not.toThrow();
    }
  });
});
