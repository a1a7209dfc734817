import { posix } from 'node:path';
import { type Manifest, privateImport, type WorkspacePackage } from '@spanforge-tooling/workspace';
import type { Failure, Rule } from './failure.js';
import { refuseUse } from './floor-rule.js';
import type { Place } from './floors.js';
import type { Import, Source } from './source.js';
import { packageOf, subpathOf } from './specifier.js';

/** Our packages by their npm names. */
export type PackagesByName = ReadonlyMap<string, WorkspacePackage>;

/** Checks every import of one file. */
export function checkImports(
  importer: WorkspacePackage,
  place: Place,
  source: Source,
  packages: PackagesByName,
): readonly Failure[] {
  return source.imports.flatMap((imported) => {
    const refused = refuseImport(importer, place, source, imported, packages);
    if (refused === undefined) return [];
    const file = `${importer.folder}/${source.path}`;
    return [{ ...refused, file, line: imported.line }];
  });
}

type Refused = Pick<Failure, 'rule' | 'message'> | undefined;

function refuseImport(
  importer: WorkspacePackage,
  place: Place,
  source: Source,
  { specifier }: Import,
  packages: PackagesByName,
): Refused {
  if (specifier.startsWith('.')) return refuseRelative(source.path, specifier);
  if (/^[/#]/.test(specifier)) {
    if (privateImport(importer.manifest, specifier) !== undefined) return undefined;
    return refusal('unresolved-import', `${specifier} is not followed by this check`);
  }
  const name = packageOf(specifier);
  if (name === undefined) return undefined;
  if (name === importer.manifest.name) {
    if (source.kind !== 'shipped') return undefined;
    return refusal('self-import', `${specifier} is this package; import the file`);
  }
  if (!isDeclared(importer.manifest, name, source.kind !== 'shipped')) {
    return refusal('undeclared', `${name} is imported and not declared`);
  }
  const target = packages.get(name);
  if (target === undefined) return undefined;
  return (
    refuseUse(place, posix.basename(target.folder), source.kind !== 'shipped') ??
    refuseSubpath(target, specifier)
  );
}

function refuseRelative(path: string, specifier: string): Refused {
  const resolved = posix.join(posix.dirname(path), specifier);
  if (!resolved.startsWith('..') || isSharedConfiguration(path, resolved)) return undefined;
  return refusal('deep-import', `${specifier} leaves the package`);
}

/** What the configuration of every package's tests has in common stands at the root. */
function isSharedConfiguration(path: string, resolved: string): boolean {
  return path === 'vitest.config.ts' && resolved === '../../vitest.base.js';
}

function refuseSubpath({ manifest }: WorkspacePackage, specifier: string): Refused {
  const subpath = subpathOf(specifier);
  const declared = Object.keys(Object(manifest.exports));
  if (declared.includes(subpath)) return undefined;
  if (/^\.\/(src|dist)(\/|$)/.test(subpath)) {
    return refusal('deep-import', `${specifier} reaches behind the exports of ${manifest.name}`);
  }
  return refusal('unknown-subpath', `${manifest.name} does not export ${subpath}`);
}

function isDeclared(manifest: Manifest, name: string, inTests: boolean): boolean {
  const sections = [
    manifest.dependencies,
    manifest.peerDependencies,
    manifest.optionalDependencies,
    inTests ? manifest.devDependencies : undefined,
  ];
  return sections.some((section) => section !== undefined && Object.hasOwn(section, name));
}

function refusal(rule: Rule, message: string): Refused {
  return { rule, message };
}
