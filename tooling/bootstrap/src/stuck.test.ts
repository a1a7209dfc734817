import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { descendants, failedSuites, stuckFile, stuckSuites } from './stuck.mjs';

const path = (name: string) => fileURLToPath(new URL(name, import.meta.url));

let root: string;
beforeEach(() => {
  // Beside the sources, so that what is run in it finds vitest.
  mkdirSync(path('../test-results'), { recursive: true });
  root = mkdtempSync(path('../test-results/stuck-'));
  put('vitest.config.mjs', 'export default {};');
});
afterEach(() => rmSync(root, { recursive: true }));

function put(file: string, content: string): void {
  mkdirSync(dirname(join(root, file)), { recursive: true });
  writeFileSync(join(root, file), content);
}

function vitest() {
  const reporters = ['--reporter=default', `--reporter=${path('./quiet-reporter.mjs')}`];
  const args = [path('../node_modules/vitest/vitest.mjs'), 'run', '--root', root, ...reporters];
  return spawnSync(process.execPath, args, {
    cwd: root,
    encoding: 'utf8',
    env: { PATH: process.env.PATH, SPANFORGE_TEST_QUIET_MS: '5000' },
    timeout: 100_000,
    killSignal: 'SIGKILL',
  });
}

const TEST = "import { it } from 'vitest';\n";

describe('a run in which nothing happens any more', () => {
  it('is ended with its processes, and says which file ran', { timeout: 120_000 }, () => {
    put('good.test.ts', `${TEST}it('passes', () => {});`);
    put(
      'silent.test.ts',
      `${TEST}import { writeFileSync } from 'node:fs';
       it('blocks', () => { writeFileSync('pid', String(process.pid)); for (;;); });`,
    );
    const { stderr } = vitest();
    expect(stderr).toContain('Nothing happened for 5 s while silent.test.ts ran.');
    expect(readFileSync(join(root, stuckFile), 'utf8')).toContain('while silent.test.ts ran');
    // Killed is gone, or dead and not yet collected by its parent.
    const worker = readFileSync(join(root, 'pid'), 'utf8');
    const left = spawnSync('ps', ['-o', 'stat=', '-p', worker], { encoding: 'utf8' });
    expect(left.stdout.trim()).toMatch(/^(Z.*)?$/);
  });

  it('is ended when its own process does not exit', { timeout: 120_000 }, () => {
    put('good.test.ts', `${TEST}it('passes', () => {});`);
    put('block.mjs', "process.on('exit', () => { for (;;); });");
    put('vitest.config.mjs', "import './block.mjs';\nexport default {};");
    expect(vitest()).toMatchObject({
      signal: 'SIGKILL',
      stdout: expect.stringContaining('1 passed'),
    });
    expect(readFileSync(join(root, stuckFile), 'utf8')).toContain('while no test file ran');
  });

  it('is not one whose tests take long, each of them less', { timeout: 120_000 }, () => {
    const wait = 'await new Promise((done) => setTimeout(done, 2000));';
    const tests = [1, 2, 3].map((n) => `it('${n}', async () => { ${wait} });`);
    put('slow.test.ts', `${TEST}${tests.join('\n')}`);
    expect(vitest()).toMatchObject({ status: 0 });
    expect(existsSync(join(root, stuckFile))).toBe(false);
  });
});

it('finds what was ended, and what failed', () => {
  put('packages/a/package.json', '{"name":"a"}');
  put(`packages/a/${stuckFile}`, 'Nothing happened');
  put('packages/b/package.json', '{"name":"b"}');
  put('packages/b/test-results/report.json', '{"success":false}');
  put('packages/c/package.json', '{"name":"c"}');
  put('packages/c/test-results/report.json', '{"success":true}');
  expect(stuckSuites(root)).toEqual([
    { folder: 'packages/a', name: 'a', text: 'Nothing happened' },
  ]);
  expect(failedSuites(root)).toEqual(['b']);
});

it('finds the children of a process, and theirs', () => {
  const processes = [
    { pid: 1, parent: 0 },
    { pid: 7, parent: 5 },
    { pid: 5, parent: 1 },
    { pid: 6, parent: 1 },
    { pid: 9, parent: 8 },
  ];
  expect(descendants(processes, 1)).toEqual([5, 6, 7]);
  expect(descendants(processes, 9)).toEqual([]);
});
