import { posix } from 'node:path';
import type { Manifest } from '@spanforge-tooling/workspace';
import type { Source } from './source.js';

/**
 * The files of a package that its users run: what its entries, private imports and commands reach
 * through relative imports. The rest are tests and their helpers.
 */
export function shippedPaths(
  manifest: Manifest,
  sources: ReadonlyMap<string, Source>,
): ReadonlySet<string> {
  const starts = [manifest.exports, manifest.imports, manifest.bin].flatMap(leaves);
  const reached = new Set(starts.flatMap((start) => find(sources, start) ?? []));
  for (const path of reached) {
    for (const { specifier } of sources.get(path)?.imports ?? []) {
      if (!specifier.startsWith('.')) continue;
      const next = find(sources, posix.join(posix.dirname(path), specifier));
      if (next !== undefined) reached.add(next);
    }
  }
  return reached;
}

/** The source file behind a path that a manifest or an import names, built or not. */
export function find(sources: ReadonlyMap<string, Source>, path: string): string | undefined {
  const inSource = posix.normalize(path).replace(/^dist\//, 'src/');
  const stem = inSource.replace(/(\.d)?\.[mc]?[jt]sx?$/, '');
  return [inSource, `${stem}.ts`, `${stem}.tsx`].find((candidate) => sources.has(candidate));
}

function leaves(value: unknown): string[] {
  if (typeof value === 'string') return [value];
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(leaves) : [];
}
