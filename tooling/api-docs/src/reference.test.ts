import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readWorkspace, repositoryRoot } from '@spanforge-tooling/workspace';
import { expect, it } from 'vitest';
import { entryPoints } from './entry-points.js';
import { readReference } from './reference.js';

const root = repositoryRoot();
const packages = readWorkspace(root, ['packages']);
const points = entryPoints(packages);

it('the reference has every subpath of every published package, except files and internal ones', () => {
  const wanted = packages
    .filter(({ publishable }) => publishable)
    .flatMap(({ manifest }) =>
      Object.keys(manifest.exports as object)
        .filter((subpath) => !/\.(json|html)$|^\.\/internal(-yaml)?$/.test(subpath))
        .map((subpath) => manifest.name + subpath.slice(1)),
    );
  expect(points.map(({ specifier }) => specifier).sort()).toEqual([...wanted].sort());
  expect(points.filter(({ source }) => !existsSync(source))).toEqual([]);
  expect(points.length).toBeGreaterThan(packages.length);
});

it('names modules as they are imported, and writes a page for each export', async () => {
  const some = points.filter(({ specifier }) =>
    ['@spanforge/yaml', '@spanforge/operator/verifier'].includes(specifier),
  );
  const folder = mkdtempSync(join(tmpdir(), 'api-docs-'));
  try {
    const reference = await readReference(root, some);
    expect([...reference.modules].sort()).toEqual([
      '@spanforge/operator/verifier',
      '@spanforge/yaml',
    ]);
    await reference.write(folder);
    const page = readFileSync(join(folder, 'modules/_spanforge_yaml.html'), 'utf8');
    expect(page).toContain('readYaml');
  } finally {
    rmSync(folder, { recursive: true });
  }
}, 180_000);
