import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { pendingReleases } from './changesets.js';
import { lockfileProblems } from './lockfile.js';
import { scanText } from './text-scan.js';

describe('lockfileProblems', () => {
  const digest = `sha512-${'A'.repeat(86)}==`;
  const lock = (key: string, resolution: object, version = 'link:../core') =>
    JSON.stringify({
      importers: { 'packages/a': { dependencies: { core: { specifier: '*', version } } } },
      packages: { [key]: { resolution } },
    });
  const check = (text: string) => lockfileProblems(text, ['packages/a', 'packages/core']);

  it('has none for registry packages and workspace links', () => {
    expect(check(lock('zod@4.0.0', { integrity: digest }))).toEqual([]);
    expect(check(lock('@a/b@1.0.0-rc.1', { integrity: digest }, '4.0.0(zod@4.0.0)'))).toEqual([]);
  });

  it.each([
    ['zod@4.0.0', {}],
    ['zod@4.0.0', { integrity: 'sha1-AAAA' }],
    ['zod@4.0.0', { integrity: digest, tarball: 'somewhere' }],
    ['zod@4.0.0', { type: 'git', repo: 'somewhere', commit: 'abc' }],
    ['zod@file:../zod', { integrity: digest }],
    ['zod@git+ssh://host/zod.git#abc', { integrity: digest }],
  ])('refuses %s resolved through %o', (key, resolution) => {
    expect(check(lock(key, resolution))).not.toEqual([]);
  });

  it.each(['link:../../../elsewhere', 'file:../core', 'link:../missing', 'git+https://host/x'])(
    'refuses a dependency taken from %s',
    (version) => {
      expect(check(lock('zod@4.0.0', { integrity: digest }, version))).toHaveLength(1);
    },
  );

  it('refuses an empty lockfile', () => {
    expect(check('{}')).toEqual(['it locks no package']);
  });
});

describe('scanText', () => {
  const slash = '/';

  it.each([
    `see ${slash}work/main/README.md`,
    `'${slash}root/.config'`,
    `(${slash}tmp/bash_jobs.0/a)`,
    `"${slash}home/someone/x"`,
    `file:${slash}${slash}${slash}root/x`.replace('file://', ''),
    ['https://registry', 'npmjs', 'org/zod'].join('.'),
    ['npm', 'pkg', 'github', 'com'].join('.'),
    `http:${slash}${slash}registry.internal${slash}zod`,
  ])('finds %s', (text) => {
    expect(scanText(`first\n${text}`)).toEqual([expect.objectContaining({ line: 2 })]);
  });

  it.each([
    'packages/work/src',
    'https://host.example/work/a',
    './root/x',
    'framework/x',
    '/tmp/x',
  ])('leaves %s', (text) => {
    expect(scanText(text)).toEqual([]);
  });
});

describe('pendingReleases', () => {
  let root: string;
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'changesets-'));
    mkdirSync(join(root, '.changeset'));
  });
  afterEach(() => rmSync(root, { recursive: true }));

  it('names each package with its bump', () => {
    const text = '---\n"@spanforge/a": minor\nspanforge: patch\n---\n\nWhat changed.\n';
    writeFileSync(join(root, '.changeset/a.md'), text);
    writeFileSync(join(root, '.changeset/README.md'), 'no front matter');
    expect([...pendingReleases(root)]).toEqual([
      ['@spanforge/a', 'minor'],
      ['spanforge', 'patch'],
    ]);
  });

  it('refuses a changeset without front matter', () => {
    writeFileSync(join(root, '.changeset/a.md'), 'What changed.\n');
    expect(() => pendingReleases(root)).toThrow('a.md has no front matter');
  });
});
