import { isBuiltin } from 'node:module';
import { posix } from 'node:path';
import { entries, privateImport, type WorkspacePackage } from '@spanforge-tooling/workspace';
import type { Failure } from './failure.js';
import type { Place } from './floors.js';
import type { PackagesByName } from './import-checks.js';
import { matches } from './manifest-checks.js';
import { find } from './shipped.js';
import type { Import, Source } from './source.js';
import { packageOf, subpathOf } from './specifier.js';

/** A package with its parsed files, by path. */
export interface ParsedPackage {
  readonly workspacePackage: WorkspacePackage;
  readonly sources: ReadonlyMap<string, Source>;
}

interface Reached {
  readonly owner: ParsedPackage;
  readonly source: Source;
}

/**
 * Checks what the root entry of a package reaches, through its own files and through ours.
 *
 * Nothing of Node where the package runs in a browser, and nothing that must stand behind a
 * subpath. Imports of types count: the declarations a browser project compiles would name them.
 */
export function checkReach(
  start: ParsedPackage,
  place: Place,
  parsed: ReadonlyMap<string, ParsedPackage>,
  packages: PackagesByName,
): readonly Failure[] {
  const behindSubpath =
    place.thirdParty === 'anything' ? [] : place.thirdParty.filter((one) => one.subpathOnly);
  return reach(start, parsed, packages).flatMap(({ owner, source }) => {
    const file = `${owner.workspacePackage.folder}/${source.path}`;
    const failuresOf = ({ specifier, line }: Import): Failure[] => {
      if (place.browser && isBuiltin(specifier)) {
        const message = `${specifier}, reached from the root entry of ${start.workspacePackage.folder}, which runs in browsers`;
        return [{ rule: 'node-in-browser', file, line, message }];
      }
      const name = packageOf(specifier);
      const hidden = behindSubpath.some((one) => name !== undefined && matches(one.name, name));
      if (owner !== start || !hidden) return [];
      const message = `${specifier} is reached from the root entry; it belongs behind a subpath`;
      return [{ rule: 'subpath-only', file, line, message }];
    };
    return source.imports.flatMap(failuresOf);
  });
}

function reach(
  start: ParsedPackage,
  parsed: ReadonlyMap<string, ParsedPackage>,
  packages: PackagesByName,
): readonly Reached[] {
  const found = new Map<Source, Reached>();
  const follow = (owner: ParsedPackage, source: Source | undefined): void => {
    if (source === undefined || found.has(source)) return;
    found.set(source, { owner, source });
    for (const { specifier } of source.imports) {
      if (specifier.startsWith('.')) {
        follow(owner, resolve(owner, source.path, specifier));
        continue;
      }
      if (specifier.startsWith('#')) {
        const path = privateImport(owner.workspacePackage.manifest, specifier);
        follow(owner, owner.sources.get(path ?? ''));
        continue;
      }
      const target = packages.get(packageOf(specifier) ?? '');
      const next = target && parsed.get(target.folder);
      if (next !== undefined) follow(next, entrySource(next, subpathOf(specifier)));
    }
  };
  follow(start, entrySource(start, '.'));
  return [...found.values()];
}

function entrySource({ workspacePackage, sources }: ParsedPackage, subpath: string) {
  const entry = entries(workspacePackage.manifest).find((one) => one.subpath === subpath);
  return entry && sources.get(entry.source);
}

function resolve({ sources }: ParsedPackage, from: string, specifier: string): Source | undefined {
  return sources.get(find(sources, posix.join(posix.dirname(from), specifier)) ?? '');
}
