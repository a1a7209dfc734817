import { parse } from 'yaml';

interface Lockfile {
  readonly importers?: Readonly<Record<string, Importer>>;
  readonly packages?: Readonly<Record<string, LockedPackage>>;
}

type Importer = Readonly<Record<string, Readonly<Record<string, { readonly version?: string }>>>>;

interface LockedPackage {
  readonly resolution?: Readonly<Record<string, unknown>>;
}

/**
 * What is wrong with a pnpm lockfile, in words.
 *
 * Every package comes from the registry and is pinned by a sha512 digest; what is not from the
 * registry is a link to a package of this workspace.
 *
 * @param folders the workspace's folders, seen from the root.
 */
export function lockfileProblems(text: string, folders: readonly string[]): readonly string[] {
  const { importers = {}, packages = {} }: Lockfile = parse(text);
  const locked = Object.entries(packages).flatMap(([key, { resolution = {} }]) =>
    resolutionProblems(key, resolution),
  );
  const linked = Object.entries(importers).flatMap(([importer, sections]) =>
    Object.values(sections).flatMap((section) =>
      Object.entries(section).flatMap(([name, { version = '' }]) =>
        linkProblems(importer, name, version, folders),
      ),
    ),
  );
  const empty = Object.keys(packages).length === 0 ? ['it locks no package'] : [];
  return [...empty, ...locked, ...linked];
}

function resolutionProblems(key: string, resolution: object): readonly string[] {
  const others = Object.keys(resolution).filter((field) => field !== 'integrity');
  const { integrity } = resolution as { readonly integrity?: unknown };
  const digest = /^sha512-[A-Za-z0-9+/]{86}==$/;
  const pinned = typeof integrity === 'string' && digest.test(integrity);
  return [
    ...(pinned ? [] : [`${key} has no sha512 integrity`]),
    ...others.map((field) => `${key} is resolved through ${field}, not from the registry`),
    ...(/@\d+\.\d+\.\d+[^/:]*$/.test(key) ? [] : [`${key} is not a version of the registry`]),
  ];
}

function linkProblems(
  importer: string,
  name: string,
  version: string,
  folders: readonly string[],
): readonly string[] {
  if (/^\d+\.\d+\.\d+/.test(version)) return [];
  const target = new URL(version.replace(/^link:/, ''), `file:///${importer}/`).pathname.slice(1);
  if (version.startsWith('link:') && folders.includes(target)) return [];
  return [`${importer} takes ${name} from ${version}, outside the workspace`];
}
