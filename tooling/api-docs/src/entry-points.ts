import { join } from 'node:path';
import {
  type Entry,
  entries,
  type Manifest,
  type WorkspacePackage,
} from '@spanforge-tooling/workspace';

/** One module of the reference: a way into a package that users may import. */
export interface EntryPoint {
  /** As it is imported: `@spanforge/core-events/log`. */
  readonly specifier: string;
  /** Absolute path of the source it is built from. */
  readonly source: string;
}

/** For the packages of this workspace alone: documented in the source, no promise to users. */
const INTERNAL = /^\.\/internal/;

/** Every TypeScript entry of the packages that are published. */
export function entryPoints(packages: readonly WorkspacePackage[]): readonly EntryPoint[] {
  return packages
    .filter(({ publishable }) => publishable)
    .flatMap(({ directory, manifest }) =>
      entries(manifest)
        .concat(handWritten(manifest))
        .filter(({ subpath }) => !INTERNAL.test(subpath))
        .map(({ subpath, source }) => ({
          specifier: subpath === '.' ? manifest.name : `${manifest.name}/${subpath.slice(2)}`,
          source: join(directory, source),
        })),
    );
}

/** Entries that are not compiled, such as the verifier of one file: their declarations are the source. */
function handWritten({ exports }: Manifest): readonly Entry[] {
  return Object.entries((exports ?? {}) as Readonly<Record<string, unknown>>).flatMap(
    ([subpath, target]) => {
      const types = (target as { readonly types?: unknown } | null)?.types;
      if (typeof types !== 'string' || types.startsWith('./dist/')) return [];
      return [{ subpath, source: types, types }];
    },
  );
}
