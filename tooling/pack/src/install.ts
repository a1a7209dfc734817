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
  await install(tarball, [], tarballs, folder);
}

/**
 * Installs more packages of ours beside the one that was installed alone, such as those its README
 * uses.
 *
 * @throws {Error} with npm's output when the install fails.
 */
export async function installBeside(
  tarball: Tarball,
  names: readonly string[],
  tarballs: ReadonlyMap<string, Tarball>,
  folder: string,
): Promise<void> {
  const beside = names.flatMap((name) => tarballs.get(name) ?? []);
  if (beside.length > 0) await install(tarball, beside, tarballs, folder);
}

async function install(
  tarball: Tarball,
  beside: readonly Tarball[],
  tarballs: ReadonlyMap<string, Tarball>,
  folder: string,
): Promise<void> {
  const direct = [tarball, ...beside];
  const needed = await ours(direct, tarballs);
  const overrides = Object.fromEntries(needed.map(({ name, path }) => [name, `file:${path}`]));
  const manifest = {
    name: 'empty-folder',
    private: true,
    dependencies: {
      ...(await testedPeers(tarball)),
      ...Object.fromEntries(direct.map(({ name, path }) => [name, `file:${path}`])),
    },
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

/** The packages of ours that tarballs depend on, directly or not, without themselves. */
async function ours(
  direct: readonly Tarball[],
  tarballs: ReadonlyMap<string, Tarball>,
): Promise<readonly Tarball[]> {
  const found = new Set<Tarball>(direct);
  for (const one of found) {
    const { dependencies, peerDependencies }: Manifest = await readManifest(one);
    for (const name of Object.keys({ ...dependencies, ...peerDependencies })) {
      const next = tarballs.get(name);
      if (next !== undefined) found.add(next);
    }
  }
  return [...found].filter((one) => !direct.includes(one));
}
