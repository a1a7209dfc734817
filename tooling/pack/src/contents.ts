import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import type { Manifest } from '@spanforge-tooling/workspace';
import type { Tarball } from './tarballs.js';

const always = ['package.json', 'README.md', 'LICENSE'];
const shipped = /^(package\.json|README\.md|LICENSE|CHANGELOG\.md|dist\/.+)$/;
const neverShipped = /\.(test|spec|bench)\.|(^|\/)(__tests__|fixtures)\/|(^|\/)\.env|\.(pem|key)$/;
const installScripts = ['preinstall', 'install', 'postinstall', 'prepare', 'prepublish'];

/**
 * What must not be in a tarball, or is missing from it, in words.
 *
 * @param machinePaths paths of the machine that built it, which no file may name.
 */
export async function contentProblems(
  tarball: Tarball,
  machinePaths: readonly string[],
): Promise<readonly string[]> {
  const manifest = await readManifest(tarball);
  const wanted = (file: string) =>
    shipped.test(file) ||
    (file.startsWith('bin/') && manifest.bin !== undefined) ||
    isExportedData(manifest, file) ||
    isListedByHand(manifest, file);
  const inFiles = await Promise.all(
    tarball.files.map((file) => fileProblems(tarball, file, machinePaths)),
  );
  return [
    ...always.filter((file) => !tarball.files.includes(file)).map((file) => `${file} is missing`),
    ...(tarball.files.some((file) => /^dist\/.+\.js$/.test(file)) ? [] : ['dist is not built']),
    ...tarball.files
      .filter((file) => !wanted(file) || neverShipped.test(file))
      .map((file) => `${file} does not belong in a tarball`),
    ...manifestProblems(manifest),
    ...inFiles.flat(),
  ];
}

/** Folders of files that are written by hand and shipped as they are: what CI systems are given, a verifier. */
const byHand = /^(ci|verifier)\/[\w./-]+\.(ya?ml|html|mjs|d\.mts)$|^ci\/[\w-]+$/;

function isListedByHand({ files = [] }: Manifest, file: string): boolean {
  return byHand.test(file) && files.includes(file.split('/')[0] ?? '');
}

/** Data that the manifest exports by name, or by a name with one star. */
function isExportedData({ exports }: Manifest, file: string): boolean {
  return Object.values(exports ?? {}).some((target: unknown) => {
    if (typeof target !== 'string' || !target.endsWith('.json')) return false;
    const [before = '', after] = target.replace('./', '').split('*');
    return after === undefined ? file === before : file.startsWith(before) && file.endsWith(after);
  });
}

/** The bytes of a package's JavaScript, each file compressed by gzip. */
export async function gzipBytes(tarball: Tarball): Promise<number> {
  const scripts = tarball.files.filter((file) => file.endsWith('.js'));
  const contents = await Promise.all(scripts.map((file) => readFile(join(tarball.unpacked, file))));
  return contents.reduce((sum, content) => sum + gzipSync(content, { level: 9 }).length, 0);
}

/** The manifest as it is published: pnpm has put versions where the workspace had links. */
export async function readManifest({ unpacked }: Tarball): Promise<Manifest> {
  return JSON.parse(await readFile(join(unpacked, 'package.json'), 'utf8'));
}

function manifestProblems(manifest: Manifest): readonly string[] {
  const scripts = Object.keys(manifest.scripts ?? {}).filter((name) =>
    installScripts.includes(name),
  );
  const ranges = Object.entries({
    ...manifest.dependencies,
    ...manifest.optionalDependencies,
    ...manifest.peerDependencies,
  });
  return [
    ...scripts.map((name) => `package.json has the install script "${name}"`),
    ...ranges
      .filter(([, range]) => /^(workspace|file|link|git|https?):|^git\+/.test(range))
      .map(([name, range]) => `package.json depends on ${name} through ${range}`),
  ];
}

async function fileProblems(
  { unpacked }: Tarball,
  file: string,
  machinePaths: readonly string[],
): Promise<readonly string[]> {
  const text = await readFile(join(unpacked, file), 'utf8');
  const paths = machinePaths.filter((path) => text.includes(path));
  const problems = paths.map((path) => `${file} names the build machine's ${path}`);
  if (!file.endsWith('.map')) return problems;
  const { sources = [] }: { sources?: string[] } = JSON.parse(text);
  const absolute = sources.filter((source) => /^(\/|[A-Za-z]:|file:)/.test(source));
  return [...problems, ...absolute.map((source) => `${file} has the absolute source ${source}`)];
}
