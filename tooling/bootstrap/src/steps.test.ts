import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { BootstrapError, installStamp, requireNode, summaryLine, sumReports } from './steps.mjs';

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'bootstrap-'));
});
afterEach(() => rmSync(root, { recursive: true }));

function put(file: string, content: unknown): void {
  mkdirSync(dirname(join(root, file)), { recursive: true });
  writeFileSync(join(root, file), typeof content === 'string' ? content : JSON.stringify(content));
}

describe('requireNode', () => {
  it.each(['20.19.0', '20.20.2', '22.0.0', '100.1.0'])('takes %s', (version) => {
    expect(() => requireNode(version, '>=20.19')).not.toThrow();
  });

  it.each(['18.20.4', '20.18.3', '20.9.0', '9.99.9'])('refuses %s', (version) => {
    expect(() => requireNode(version, '>=20.19')).toThrow(BootstrapError);
    expect(() => requireNode(version, '>=20.19')).toThrow(
      expect.objectContaining({ code: 'NODE_TOO_OLD' }),
    );
  });
});

describe('installStamp', () => {
  it('changes with the lockfile and with any manifest, and with nothing else', () => {
    put('package.json', {});
    put('packages/a/package.json', { name: 'a' });
    const before = installStamp(root);
    put('packages/a/src/index.ts', 'export const a = 1;');
    expect(installStamp(root)).toBe(before);
    put('pnpm-lock.yaml', 'lockfileVersion: 9');
    const locked = installStamp(root);
    expect(locked).not.toBe(before);
    put('packages/a/package.json', { name: 'b' });
    expect(installStamp(root)).not.toBe(locked);
  });
});

describe('sumReports', () => {
  const report = (passed: number, failed: number, pending = 0, success = failed === 0) => ({
    success,
    numPassedTests: passed,
    numFailedTests: failed,
    numPendingTests: pending,
    numTodoTests: 0,
  });
  const tested = (name: string) => ({ name, scripts: { test: 'vitest run' } });

  it('adds the packages up', () => {
    put('packages/a/package.json', tested('a'));
    put('packages/a/test-results/report.json', report(3, 0, 1));
    put('tooling/b/package.json', tested('b'));
    put('tooling/b/test-results/report.json', report(4, 2));
    expect(sumReports(root)).toEqual({
      passed: 7,
      failed: 2,
      skipped: 1,
      problems: ['tooling/b: tests failed'],
    });
  });

  it('names each failed test with both ends of its message', () => {
    put('packages/a/package.json', tested('a'));
    const long = `why ${'-'.repeat(10_000)} end`;
    const failing = { status: 'failed', fullName: 'adds numbers', failureMessages: [long] };
    const passing = { status: 'passed', fullName: 'takes numbers', failureMessages: [] };
    put('packages/a/test-results/report.json', {
      ...report(1, 1),
      testResults: [
        { name: 'a.test.ts', status: 'failed', assertionResults: [passing, failing] },
        { name: 'b.test.ts', status: 'failed', message: 'no such module', assertionResults: [] },
        { name: 'c.test.ts', status: 'passed', assertionResults: [passing] },
      ],
    });
    const [first, second, third, ...others] = sumReports(root).problems;
    expect(first).toBe('packages/a: tests failed');
    expect(second).toMatch(/^a\.test\.ts: adds numbers\nwhy -+\n\.\.\.\n-+ end$/);
    expect(second?.length).toBeLessThan(5000);
    expect(third).toBe('b.test.ts: no such module');
    expect(others).toEqual([]);
  });

  it.each([
    ['a missing report', undefined],
    ['a report that is not JSON', '{'],
    ['a test file that does not load', report(0, 0, 0, false)],
  ])('counts %s as a failure', (_, content) => {
    put('packages/a/package.json', tested('a'));
    if (content !== undefined) put('packages/a/test-results/report.json', content);
    expect(sumReports(root).failed).toBe(1);
  });

  it('asks no report of a package without tests', () => {
    put('apps/a/package.json', { name: 'a' });
    expect(sumReports(root)).toEqual({ passed: 0, failed: 0, skipped: 0, problems: [] });
  });
});

describe('summaryLine', () => {
  it('names skipped tests only when there are some', () => {
    expect(summaryLine({ passed: 2, failed: 0, skipped: 0 })).toBe('2 passed, 0 failed');
    expect(summaryLine({ passed: 2, failed: 1, skipped: 3 })).toBe('2 passed, 1 failed, 3 skipped');
  });
});
