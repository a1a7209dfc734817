import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { contentProblems } from './contents.js';
import type { Tarball } from './tarballs.js';

let unpacked: string;
beforeEach(() => {
  unpacked = mkdtempSync(join(tmpdir(), 'contents-'));
});
afterEach(() => rmSync(unpacked, { recursive: true }));

const good = {
  'package.json': JSON.stringify({ name: 'x', dependencies: { zod: '^4.0.0' } }),
  'README.md': '# x',
  LICENSE: 'text',
  'dist/index.js': 'export {};',
  'dist/index.js.map': JSON.stringify({ sources: ['../src/index.ts'] }),
};

function tarballWith(changes: Readonly<Record<string, string>>): Tarball {
  const files = { ...good, ...changes };
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(unpacked, path)), { recursive: true });
    writeFileSync(join(unpacked, path), text);
  }
  return { name: 'x', path: '', unpacked, files: Object.keys(files) };
}

describe('contentProblems', () => {
  it('has none for a clean package', async () => {
    expect(await contentProblems(tarballWith({}), ['/build'])).toEqual([]);
  });

  it.each([
    ['src/index.ts', 'src/index.ts does not belong in a tarball'],
    ['dist/a.test.js', 'dist/a.test.js does not belong in a tarball'],
    ['dist/signing.pem', 'dist/signing.pem does not belong in a tarball'],
    ['.env', '.env does not belong in a tarball'],
    ['bin/x.js', 'bin/x.js does not belong in a tarball'],
  ])('refuses %s', async (path, problem) => {
    expect(await contentProblems(tarballWith({ [path]: '' }), [])).toEqual([problem]);
  });

  it('refuses install scripts and links', async () => {
    const manifest = { scripts: { postinstall: 'x' }, dependencies: { y: 'workspace:^' } };
    const tarball = tarballWith({ 'package.json': JSON.stringify(manifest) });
    expect(await contentProblems(tarball, [])).toEqual([
      'package.json has the install script "postinstall"',
      'package.json depends on y through workspace:^',
    ]);
  });

  it('refuses paths of the build machine, in text and in source maps', async () => {
    const map = JSON.stringify({ sources: ['/build/src/index.ts'] });
    expect(await contentProblems(tarballWith({ 'dist/index.js.map': map }), ['/build'])).toEqual([
      "dist/index.js.map names the build machine's /build",
      'dist/index.js.map has the absolute source /build/src/index.ts',
    ]);
  });

  it('misses what every package must have', async () => {
    const tarball = tarballWith({});
    expect(await contentProblems({ ...tarball, files: ['package.json'] }, [])).toEqual([
      'README.md is missing',
      'LICENSE is missing',
      'dist is not built',
    ]);
  });
});
