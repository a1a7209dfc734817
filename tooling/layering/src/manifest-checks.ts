import { posix } from 'node:path';
import type { Manifest, WorkspacePackage } from '@spanforge-tooling/workspace';
import type { Failure, Rule } from './failure.js';
import { refuseUse } from './floor-rule.js';
import type { Place } from './floors.js';
import type { PackagesByName } from './import-checks.js';
import type { Source } from './source.js';
import { packageOf } from './specifier.js';

/** The text of a package.json with its meaning, so that a failure can name a line. */
export interface ManifestText {
  readonly text: string;
  readonly manifest: Manifest;
}

/** What a command needs, where that is not the package of its own name alone. */
const commands: Readonly<Record<string, readonly string[]>> = {
  tsc: ['typescript'],
  biome: ['@biomejs/biome'],
  // tsup writes declarations with the TypeScript of the package it builds.
  tsup: ['tsup', 'typescript'],
};

/** Checks that what a manifest declares is allowed, and imported somewhere. */
export function checkManifest(
  { folder }: WorkspacePackage,
  { text, manifest }: ManifestText,
  place: Place,
  sources: readonly Source[],
  packages: PackagesByName,
): readonly Failure[] {
  const at = (rule: Rule, name: string, message: string): Failure => ({
    rule,
    file: `${folder}/package.json`,
    line: lineOfDependency(text, name),
    message,
  });
  const shipped = importedBy(sources.filter(({ kind }) => kind === 'shipped'));
  const everywhere = new Set([...importedBy(sources), ...usedByScripts(manifest)]);
  const peers = Object.keys(manifest.peerDependencies ?? {});
  const runtime = new Set([
    ...Object.keys(manifest.dependencies ?? {}),
    ...Object.keys(manifest.optionalDependencies ?? {}),
    ...peers,
  ]);
  const unused = [...runtime]
    .filter((name) => !shipped.has(name))
    .map((name) => at('unused', name, `${name} is declared and never imported by the source`));
  const unusedInTests = Object.keys(manifest.devDependencies ?? {})
    .filter((name) => !everywhere.has(name) && !name.startsWith('@types/') && !runtime.has(name))
    .map((name) => at('unused', name, `${name} is a development dependency that nothing uses`));
  const strangers = [...runtime]
    .filter((name) => !packages.has(name) && !allows(place, name, peers.includes(name)))
    .map((name) => at('third-party', name, `${name} is not allowed here (see floors.ts)`));
  const refused = (name: string, inTests: boolean): Failure[] => {
    const target = packages.get(name);
    const refusal = target && refuseUse(place, posix.basename(target.folder), inTests);
    return refusal ? [at(refusal.rule, name, refusal.message)] : [];
  };
  return [
    ...unused,
    ...unusedInTests,
    ...strangers,
    ...[...runtime].flatMap((name) => refused(name, false)),
    ...Object.keys(manifest.devDependencies ?? {}).flatMap((name) => refused(name, true)),
  ];
}

/** Whether the table lets a package depend on something from outside. */
export function allows(place: Place, name: string, asPeer: boolean): boolean {
  if (place.thirdParty === 'anything') return true;
  return place.thirdParty.some(
    (allowed) => matches(allowed.name, name) && (allowed.peer ?? false) === asPeer,
  );
}

/** Whether a name is the pattern, or lies in the scope `@x/*` it names. */
export function matches(pattern: string, name: string): boolean {
  return pattern.endsWith('/*') ? name.startsWith(pattern.slice(0, -1)) : pattern === name;
}

function importedBy(sources: readonly Source[]): Set<string> {
  const specifiers = sources.flatMap(({ imports }) => imports.map(({ specifier }) => specifier));
  return new Set(specifiers.flatMap((specifier) => packageOf(specifier) ?? []));
}

function usedByScripts({ scripts }: Manifest): string[] {
  const words = Object.values(scripts ?? {}).flatMap((script) => script.split(/\s+/));
  return words.flatMap((word) => commands[word] ?? [word]);
}

function lineOfDependency(text: string, name: string): number {
  const line = text.split('\n').findIndex((content) => content.includes(`"${name}":`));
  return Math.max(line, 0) + 1;
}
