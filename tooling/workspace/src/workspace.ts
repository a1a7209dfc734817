import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The fields of a package.json that the tools look at. */
export interface Manifest {
  readonly name: string;
  readonly version?: string;
  readonly private?: boolean;
  readonly bin?: Readonly<Record<string, string>>;
  readonly exports?: unknown;
  readonly files?: readonly string[];
  readonly publishConfig?: unknown;
  readonly imports?: unknown;
  readonly scripts?: Readonly<Record<string, string>>;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
  readonly peerDependencies?: Readonly<Record<string, string>>;
  readonly peerDependenciesMeta?: Readonly<Record<string, { readonly optional?: boolean }>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}

/** One package of the workspace. */
export interface WorkspacePackage {
  /** Folder seen from the repository root, with forward slashes: `packages/scope`. */
  readonly folder: string;
  /** Absolute path of the folder. */
  readonly directory: string;
  readonly manifest: Manifest;
  /** Whether the package goes to a registry (it is not private). */
  readonly publishable: boolean;
}

/** Absolute path of the repository this tool stands in. */
export function repositoryRoot(): string {
  return fileURLToPath(new URL('../../../', import.meta.url)).replace(/[\\/]$/, '');
}

/**
 * Reads every package below the given group folders, in the order of their names.
 *
 * @throws {SyntaxError} when a package.json is not JSON.
 */
export function readWorkspace(
  root: string,
  groups: readonly string[] = ['packages', 'apps'],
): readonly WorkspacePackage[] {
  return groups.flatMap((group) => foldersOf(root, group)).map((folder) => read(root, folder));
}

function foldersOf(root: string, group: string): string[] {
  if (!existsSync(join(root, group))) return [];
  return readdirSync(join(root, group))
    .sort()
    .map((name) => `${group}/${name}`)
    .filter((folder) => existsSync(join(root, folder, 'package.json')));
}

function read(root: string, folder: string): WorkspacePackage {
  const directory = join(root, folder);
  const manifest: Manifest = JSON.parse(readFileSync(join(directory, 'package.json'), 'utf8'));
  return { folder, directory, manifest, publishable: manifest.private !== true };
}
