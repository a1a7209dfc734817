import type { Manifest } from './workspace.js';

/** One way into a package, as its `exports` declare it. */
export interface Entry {
  /** `.` or `./yaml`. */
  readonly subpath: string;
  /** The source the entry is built from, seen from the package folder: `src/yaml.ts`. */
  readonly source: string;
  /** Its built declarations, seen from the package folder: `dist/yaml.d.ts`. */
  readonly types: string;
}

/** The TypeScript entries of a package: every export whose types are `./dist/<name>.d.ts`. */
export function entries(manifest: Manifest): readonly Entry[] {
  const { exports } = manifest;
  if (typeof exports !== 'object' || exports === null) return [];
  return Object.entries(exports).flatMap(([subpath, target]) => {
    const built = /^\.\/dist\/(.+)\.d\.ts$/.exec(typesOf(target) ?? '');
    if (built === null) return [];
    return [{ subpath, source: `src/${built[1]}.ts`, types: `dist/${built[1]}.d.ts` }];
  });
}

function typesOf(target: unknown): string | undefined {
  if (typeof target !== 'object' || target === null) return undefined;
  if ('types' in target && typeof target.types === 'string') return target.types;
  for (const condition of Object.values(target)) {
    const found = typesOf(condition);
    if (found !== undefined) return found;
  }
  return undefined;
}

/**
 * The source behind a private import such as `#platform`, as a browser would resolve it.
 *
 * @returns undefined when the manifest's `imports` do not lead to a built file.
 */
export function privateImport(manifest: Manifest, specifier: string): string | undefined {
  const { imports } = manifest;
  if (typeof imports !== 'object' || imports === null || !Object.hasOwn(imports, specifier)) {
    return undefined;
  }
  const target: unknown = Reflect.get(imports, specifier);
  const built = /^\.\/dist\/(.+)\.js$/.exec(browserTarget(target) ?? '');
  return built === null ? undefined : `src/${built[1]}.ts`;
}

function browserTarget(target: unknown): string | undefined {
  if (typeof target === 'string') return target;
  if (typeof target !== 'object' || target === null) return undefined;
  const { browser, default: fallback } = target as { browser?: unknown; default?: unknown };
  return browserTarget(browser ?? fallback);
}
