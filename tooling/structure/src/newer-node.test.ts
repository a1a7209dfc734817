import { spawnSync } from 'node:child_process';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { repositoryRoot } from '@spanforge-tooling/workspace';
import { describe, expect, it } from 'vitest';

/** Exact versions, so that a release of Node.js never changes what a commit is tested with. */
const VERSIONS = ['22.23.3', '24.21.0'];

/** The quick files of six packages; the whole suites run on the oldest Node.js we support. */
const SUITES: Readonly<Record<string, readonly string[]>> = {
  'core-signing': [
    'src/digest.test.ts',
    'src/disclosure.test.ts',
    'src/error.test.ts',
    'src/pin.test.ts',
  ],
  'core-events': ['src/log/evidence-log.test.ts', 'src/log/fsck.test.ts', 'src/pin.test.ts'],
  condition: ['src/condition.test.ts', 'src/time.test.ts', 'src/pin.test.ts'],
  policy: ['src/yaml.test.ts', 'src/pin.test.ts'],
  // On these runtimes the store uses their own SQLite; its contract, crash and fault suites.
  'store-sqlite': [
    'src/sqlite-store.test.ts',
    'src/crash.test.ts',
    'src/disk-full.test.ts',
    'src/durability.test.ts',
    'src/driver.test.ts',
    'src/read-only.test.ts',
  ],
  govern: ['src/denial.test.ts', 'src/shadow.test.ts', 'src/pin.test.ts'],
};

/** For the suites of one package, which take four to twenty seconds on a machine that does nothing else. */
const LIMIT_MS = 400_000;

const root = repositoryRoot();
const vitest = join(import.meta.dirname, '../node_modules/vitest/vitest.mjs');

/** The binary that the npm package `node` carries, or why it cannot be had. */
function binaryOf(version: string): { path: string } | { reason: string } {
  const asked = ['--yes', `node@${version}`, '-p', 'process.version + " " + process.execPath'];
  const npx = spawnSync('npx', asked, { cwd: tmpdir(), encoding: 'utf8', timeout: 90_000 });
  const answer = npx.stdout?.trim() ?? '';
  if (npx.status === 0 && answer.startsWith(`v${version} `)) {
    return { path: answer.slice(version.length + 2) };
  }
  const said = npx.error?.message ?? npx.stderr.trim().split('\n').at(-1) ?? '';
  return { reason: said || `npx answered "${answer}"` };
}

interface Report {
  numPassedTests: number;
  testResults: {
    name: string;
    status: string;
    message: string;
    assertionResults: { status: string; fullName: string; failureMessages: string[] }[];
  }[];
}

/** Each failed test with its message, and of each file that does not load, why. */
function failuresIn({ testResults }: Report): string[] {
  return testResults
    .filter(({ status }) => status === 'failed')
    .flatMap(({ name, message, assertionResults }) => [
      `${name} ${message}`,
      ...assertionResults
        .filter(({ status }) => status === 'failed')
        .map(({ fullName, failureMessages }) => `${fullName}: ${failureMessages.join('\n')}`),
    ]);
}

/** Without what this run of vitest tells its own workers. */
const environment = Object.fromEntries(
  Object.entries(process.env).filter(([name]) => !name.startsWith('VITEST_') && name !== 'VITEST'),
);

describe.each(VERSIONS)('on Node.js %s', (version) => {
  const binary = binaryOf(version);
  if ('reason' in binary) {
    console.warn(`No Node.js ${version}: ${binary.reason}. Skipped: six packages on it.`);
    it.skip(`cannot be had: ${binary.reason}`, () => {});
    return;
  }
  it.each(Object.entries(SUITES))(
    '%s',
    (folder, files) => {
      const run = spawnSync(binary.path, [vitest, 'run', '--reporter=json', ...files], {
        cwd: join(root, 'packages', folder),
        encoding: 'utf8',
        env: environment,
        timeout: LIMIT_MS,
        maxBuffer: 64 * 1024 * 1024,
      });
      expect(run.error).toBeUndefined();
      const start = run.stdout.indexOf('{');
      if (start < 0) throw new Error(`It wrote no report: ${run.stderr}`);
      const report: Report = JSON.parse(run.stdout.slice(start));
      expect(failuresIn(report)).toEqual([]);
      expect(run.status, run.stderr).toBe(0);
      // A name that matches no file is a suite that no longer runs.
      const ran = report.testResults.map(({ name }) => name);
      expect(ran).toEqual(
        expect.arrayContaining(files.map((file) => join(root, 'packages', folder, file))),
      );
      expect(report.numPassedTests).toBeGreaterThan(0);
    },
    LIMIT_MS + 10_000,
  );
});
