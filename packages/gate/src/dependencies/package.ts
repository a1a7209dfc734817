/** Package registries whose versions this package can compare. */
export type Ecosystem = 'npm' | 'PyPI';

/** One package that a lock file pins. */
export interface LockedPackage {
  readonly ecosystem: Ecosystem;
  /** The name in the spelling that advisories use. */
  readonly name: string;
  readonly version: string;
  /** The lock file. */
  readonly file: string;
}

/** The content of a lock file: pinned packages, and entries without a version to look up. */
export interface LockContent {
  readonly packages: readonly LockedPackage[];
  /** Names of entries that are not pinned or do not come from a registry. */
  readonly unchecked: readonly string[];
}

/** Normalises a name as its registry does: PEP 503 for Python, unchanged for npm. */
export function normaliseName(ecosystem: string, name: string): string {
  return ecosystem === 'PyPI' ? name.toLowerCase().replace(/[-_.]+/g, '-') : name;
}

/** Collects packages without duplicates. */
export function createCollector(ecosystem: Ecosystem, file: string) {
  const packages = new Map<string, LockedPackage>();
  const unchecked = new Set<string>();
  return {
    add(name: string, version: string): void {
      const key = `${normaliseName(ecosystem, name)}@${version}`;
      if (!packages.has(key)) packages.set(key, { ecosystem, name, version, file });
    },
    skip: (name: string): void => void unchecked.add(name.slice(0, 256)),
    done: (): LockContent => ({ packages: [...packages.values()], unchecked: [...unchecked] }),
  };
}
