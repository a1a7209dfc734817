import { readFileSync } from 'node:fs';
import { join, posix } from 'node:path';
import { readWorkspace, type WorkspacePackage } from '@spanforge-tooling/workspace';
import { checkAmbient } from './ambient.js';
import type { Failure } from './failure.js';
import { floors } from './floors.js';
import { checkImports, type PackagesByName } from './import-checks.js';
import { checkManifest } from './manifest-checks.js';
import { checkReach, type ParsedPackage } from './reach.js';
import { shippedPaths } from './shipped.js';
import { readSources } from './source.js';

/** Checks all packages and apps below a root; the failures are grouped by package folder. */
export function checkLayering(root: string): ReadonlyMap<string, readonly Failure[]> {
  const workspace = readWorkspace(root);
  const packages: PackagesByName = new Map(workspace.map((one) => [one.manifest.name, one]));
  const parsed = new Map(workspace.map((one) => [one.folder, parse(one)]));
  return new Map([...parsed].map(([folder, one]) => [folder, checkPackage(one, parsed, packages)]));
}

function parse(workspacePackage: WorkspacePackage): ParsedPackage {
  const { folder, manifest } = workspacePackage;
  const sources = new Map(readSources(workspacePackage).map((source) => [source.path, source]));
  if (!folder.startsWith('packages/')) return { workspacePackage, sources };
  const shipped = shippedPaths(manifest, sources);
  for (const [path, source] of sources) {
    if (source.kind === 'shipped' && !shipped.has(path)) {
      sources.set(path, { ...source, kind: 'test' });
    }
  }
  return { workspacePackage, sources };
}

function checkPackage(
  one: ParsedPackage,
  parsed: ReadonlyMap<string, ParsedPackage>,
  packages: PackagesByName,
): readonly Failure[] {
  const { workspacePackage } = one;
  const { folder, manifest, directory } = workspacePackage;
  const place = floors[posix.basename(folder)];
  if (place === undefined) return [atManifest(folder, 'unknown-package', 'not in floors.ts')];
  const sources = [...one.sources.values()];
  const text = readFileSync(join(directory, 'package.json'), 'utf8');
  const ambient = sources.filter(
    ({ kind, path }) => kind === 'shipped' && readsNothing(folder) && path !== place.systemClock,
  );
  return [
    ...checkName(folder, manifest.name),
    ...checkManifest(workspacePackage, { text, manifest }, place, sources, packages),
    ...sources.flatMap((source) => checkImports(workspacePackage, place, source, packages)),
    ...checkReach(one, place, parsed, packages),
    ...ambient.flatMap((source) => checkAmbient(folder, source)),
  ];
}

/** The command line and the apps read clock and environment, once; packages never do. */
function readsNothing(folder: string): boolean {
  return folder.startsWith('packages/') && folder !== 'packages/cli';
}

function checkName(folder: string, name: string): readonly Failure[] {
  if (!folder.startsWith('packages/')) return [];
  const expected = folder === 'packages/cli' ? 'spanforge' : `@spanforge/${posix.basename(folder)}`;
  return name === expected ? [] : [atManifest(folder, 'wrong-name', `the name is ${expected}`)];
}

function atManifest(folder: string, rule: Failure['rule'], message: string): Failure {
  return { rule, file: `${folder}/package.json`, line: 1, message };
}
