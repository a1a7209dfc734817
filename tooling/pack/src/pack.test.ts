import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { readWorkspace, repositoryRoot } from '@spanforge-tooling/workspace';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { contentProblems, gzipBytes } from './contents.js';
import { installAlone, installBeside } from './install.js';
import { publintProblems, typesProblems } from './lint.js';
import { packAll, type Tarball } from './tarballs.js';
import { besideReadme, loadEntries, replayInThreads, runCommands, runReadme } from './use.js';

const root = repositoryRoot();
const names = readWorkspace(root, ['packages'])
  .filter(({ publishable }) => publishable)
  .map(({ manifest }) => manifest.name);
const workshop = mkdtempSync(join(tmpdir(), 'spanforge-pack-'));
let tarballs: ReadonlyMap<string, Tarball>;

beforeAll(async () => {
  const packed = await packAll(root, workshop);
  tarballs = new Map(packed.map((tarball) => [tarball.name, tarball]));
}, 120_000);
afterAll(() => rmSync(workshop, { recursive: true }), 300_000);

function tarballOf(name: string): Tarball {
  const tarball = tarballs.get(name);
  if (tarball === undefined) throw new Error(`${name} was not packed`);
  return tarball;
}

describe.each(names)('%s', (name) => {
  it('packs what belongs there and nothing else', async () => {
    expect(await contentProblems(tarballOf(name), [root, workshop])).toEqual([]);
  });

  it('satisfies publint and attw', async () => {
    expect(await publintProblems(tarballOf(name))).toEqual([]);
    expect(await typesProblems(tarballOf(name))).toEqual([]);
  });
});

describe.concurrent('installed alone', () => {
  it.each(names)('%s loads, and its README program runs', async (name) => {
    const tarball = tarballOf(name);
    const folder = join(workshop, `alone-${basename(tarball.path)}`);
    await installAlone(tarball, tarballs, folder);
    expect(await loadEntries(tarball, folder)).toEqual([]);
    expect(await runCommands(tarball, folder)).toEqual([]);
    await installBeside(tarball, await besideReadme(tarball), tarballs, folder);
    expect(await runReadme(tarball, folder)).toEqual([]);
    if (name === 'spanforge') expect(await replayInThreads(folder)).toEqual([]);
  });
});

describe('sizes', () => {
  it('are printed', async () => {
    const sizes = await Promise.all(names.map((name) => gzipBytes(tarballOf(name))));
    const rows = names.map((name, index) => {
      const kilobytes = ((sizes[index] ?? 0) / 1000).toFixed(1);
      return `${name.padEnd(32)}${kilobytes.padStart(8)} kB`;
    });
    console.log(['JavaScript of each package, gzip:', ...rows].join('\n'));
    expect(sizes.every((size) => size > 0)).toBe(true);
  });
});
