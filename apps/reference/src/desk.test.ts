import { type SpawnSyncReturns, spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const MAIN = fileURLToPath(new URL('../dist/main.js', import.meta.url));
const CLI = join(
  dirname(createRequire(import.meta.url).resolve('spanforge/package.json')),
  'bin/spanforge.js',
);

let folder = '';
const runs: SpawnSyncReturns<string>[] = [];

const node = (...argv: readonly string[]): SpawnSyncReturns<string> =>
  spawnSync(process.execPath, [...argv], { cwd: folder, encoding: 'utf8', env: {} });

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'claims-desk-'));
  for (const _ of ['first', 'second']) runs.push(node(MAIN, '--headless', '--state', 'state'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Number, tool and outcome of each call of the table. */
function calls(stdout: string): readonly (readonly string[])[] {
  const row = /^ *(\d+) .*(read_text_file|list_directory|write_file|send_message) +(\S+)/;
  return stdout.split('\n').flatMap((line) => {
    const found = row.exec(line);
    return found ? [found.slice(1)] : [];
  });
}

/** The commands the desk prints to look further, run by the command line itself. */
function lookFurther(stdout: string): readonly SpawnSyncReturns<string>[] {
  const commands = [...stdout.matchAll(/npx --no-install spanforge (.+)/g)];
  return commands.map(([, argv = '']) => node(CLI, ...argv.split(' ')));
}

describe.each([
  ['a new folder', 0],
  ['the same folder again', 1],
])('the claims desk in %s', (_name, at) => {
  const output = (): string => runs[at]?.stdout ?? '';

  it('ends well, and says nothing on stderr', () => {
    expect(runs[at]).toMatchObject({ status: 0, stderr: '' });
  });

  it('has these outcomes, step by step', () => {
    expect(calls(output())).toEqual([
      ['1', 'list_directory', 'allow'],
      ['2', 'read_text_file', 'allow'],
      ['3', 'write_file', 'allow+log'],
      ['4', 'read_text_file', 'allow'],
      ['5', 'write_file', 'allow+log'],
      ['6', 'read_text_file', 'allow'],
      ['7', 'write_file', 'block'],
      ['8', 'write_file', 'allow+log'],
      ['9', 'read_text_file', 'block'],
      ['10', 'write_file', 'block'],
      ['11', 'read_text_file', 'allow'],
      ['12', 'send_message', 'block'],
      ['13', 'send_message', 'allow'],
      ['14', 'read_text_file', 'allow'],
      ['15', 'write_file', 'human_review'],
      ['16', 'write_file', 'human_review'],
    ]);
    expect(output()).toContain(
      '16 calls: 7 allow, 3 allow+log, 4 block, 2 human_review; 11 were executed',
    );
  });

  it('fits 120 columns down to the commands', () => {
    const [shown = ''] = output().split('Look further:');
    for (const line of shown.split('\n')) expect([...line].length).toBeLessThanOrEqual(120);
    expect(output()).not.toContain('\u001b');
  });

  it('sums up evidence that is published, and verifies it', () => {
    expect(output().match(/evidence valid\? {2}yes: \d+ records, all proven/g)).toHaveLength(2);
    expect(output()).toContain('Not in the file: “The expert reported');
    expect(output()).toMatch(/in plain words +It was blocked\. What an agent has read/);
    expect(output()).toMatch(/supervisor-3 approved it; the approval was used once/);
    expect(output()).toMatch(/verified offline {2}VALID \(L1\), \d+ records, exit code 0\n/);
    expect(output()).toMatch(
      /one bit flipped {3}INVALID, .*exit code 1; first fault: record \d+: /,
    );
  });

  it('prints commands that are true', () => {
    const [inspect, made, verify, graph, fsck] = lookFurther(output());
    expect(graph).toMatchObject({ status: 0, stdout: expect.stringContaining('write_file') });
    expect(inspect).toMatchObject({
      status: 0,
      stdout: expect.stringContaining('messages-stay-inside'),
    });
    expect(made).toMatchObject({ status: 0, stderr: '' });
    expect(verify).toMatchObject({ status: 0, stdout: expect.stringMatching(/^VALID/) });
    expect(fsck).toMatchObject({ status: 0, stdout: expect.stringContaining('clean') });
  });
});

describe('what the desk leaves behind', () => {
  it('is all in its folder, one folder a run', () => {
    expect(readdirSync(folder)).toEqual(['state']);
    expect(readdirSync(join(folder, 'state/desk'))).toHaveLength(2);
  });

  it('has no message to anybody outside, no changed claim, and no decision of the trainee', () => {
    for (const run of readdirSync(join(folder, 'state/desk'))) {
      const at = (...parts: readonly string[]): string => join(folder, 'state/desk', run, ...parts);
      expect(readdirSync(at('outbox'))).toEqual(['1.txt']);
      expect(readFileSync(at('outbox/1.txt'), 'utf8')).toMatch(/^to: claimants@claims\.example\n/);
      expect(readdirSync(at('decisions')).sort()).toEqual([
        'C-1001.md',
        'C-1002.md',
        'C-1003.md',
        'C-1006.md',
      ]);
      const claim = 'claims/open/C-1003.md';
      const original = fileURLToPath(new URL(`../${claim}`, import.meta.url));
      expect(readFileSync(at(claim), 'utf8')).toBe(readFileSync(original, 'utf8'));
    }
  });
});
