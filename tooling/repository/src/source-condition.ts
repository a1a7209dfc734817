import type { WorkspacePackage } from '@spanforge-tooling/workspace';

/** The condition under which the packages of this workspace find each other's sources. */
const SOURCE = '@spanforge/source';

type Tree = { readonly [key: string]: unknown };

const isTree = (value: unknown): value is Tree => typeof value === 'object' && value !== null;

function withoutSources(value: unknown): unknown {
  if (!isTree(value)) return value;
  const kept = Object.entries(value).filter(([key]) => key !== SOURCE);
  return Object.fromEntries(kept.map(([key, inner]) => [key, withoutSources(inner)]));
}

/**
 * What a manifest promises to others must be what it does here, without the sources: `pnpm pack`
 * puts `publishConfig.exports` and `publishConfig.imports` in the place of the workspace's own.
 */
export function publishedEntryProblems({ folder, manifest }: WorkspacePackage): readonly string[] {
  const published = isTree(manifest.publishConfig) ? manifest.publishConfig : {};
  return (['exports', 'imports'] as const).flatMap((section) => {
    const local = JSON.stringify(withoutSources(manifest[section]));
    if (local === JSON.stringify(published[section])) return [];
    return [`${folder}/package.json: publishConfig.${section} is not ${section} without ${SOURCE}`];
  });
}
