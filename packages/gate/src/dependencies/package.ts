/** Package registries whose versions this package can compare. */
export type Ecosystem = 'npm' | 'PyPI';

/** One package that a lock file pins. */
export interface LockedPackage {
  readonly ecosystem: Ecosystem;
  /** As advisories name it. */
  readonly name: string;
  readonly version: string;
  /** The lock file. */
  readonly file: string;
}

/** What a lock file holds: what is pinned, and what it names without a version to look up. */
export interface LockContent {
  readonly packages: readonly LockedPackage[];
  /** Names of what comes from elsewhere or is not pinned. */
  readonly unchecked: readonly string[];
}

/** A name as its registry compares it: PEP 503 for Python, exact for npm. */
export function normaliseName(ecosystem: string, name: string): string {
  return ecosystem === 'PyPI' ? name.toLowerCase().replace(/[-_.]+/g, '-') : name;
}

/** Gathers packages, each once. */
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
