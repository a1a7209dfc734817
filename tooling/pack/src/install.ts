import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Manifest } from '@spanforge-tooling/workspace';
import { readManifest } from './contents.js';
import { run } from './run.js';
import type { Tarball } from './tarballs.js';

/**
 * Installs one tarball alone into a new folder, with npm. Packages of ours that it depends on come
 * from their own tarballs; nothing else of ours is there.
 *
 * @throws {Error} with npm's output when the install fails.
 */
export async function installAlone(
  tarball: Tarball,
  tarballs: ReadonlyMap<string, Tarball>,
  folder: string,
): Promise<void> {
  await mkdir(folder);
  const needed = await ours(tarball, tarballs);
  const overrides = Object.fromEntries(needed.map(({ name, path }) => [name, `file:${path}`]));
  const manifest = {
    name: 'empty-folder',
    private: true,
    dependencies: { ...(await testedPeers(tarball)), [tarball.name]: `file:${tarball.path}` },
    overrides,
  };
  await writeFile(join(folder, 'package.json'), JSON.stringify(manifest, null, 2));
  const options = ['--no-audit', '--no-fund', '--prefer-offline', '--no-update-notifier'];
  const { exitCode, output } = await run('npm', ['install', ...options], folder);
  if (exitCode !== 0) throw new Error(`npm install failed: ${output}`);
}

/** Peers whose version the package names exactly for its own tests: newer ones may not be to be had. */
async function testedPeers(tarball: Tarball): Promise<Readonly<Record<string, string>>> {
  const { peerDependencies = {}, devDependencies = {} }: Manifest = await readManifest(tarball);
  const exact = Object.keys(peerDependencies).flatMap((name) => {
    const version = devDependencies[name];
    return version !== undefined && /^\d/.test(version) ? [[name, version] as const] : [];
  });
  return Object.fromEntries(exact);
}

/** The packages of ours that a tarball depends on, directly or not, without itself. */
async function ours(
  tarball: Tarball,
  tarballs: ReadonlyMap<string, Tarball>,
): Promise<readonly Tarball[]> {
  const found = new Set<Tarball>([tarball]);
  for (const one of found) {
    const { dependencies, peerDependencies }: Manifest = await readManifest(one);
    for (const name of Object.keys({ ...dependencies, ...peerDependencies })) {
      const next = tarballs.get(name);
      if (next !== undefined) found.add(next);
    }
  }
  found.delete(tarball);
  return [...found];
}
