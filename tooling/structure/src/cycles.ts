import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { cruise } from 'dependency-cruiser';
import extractTSConfig from 'dependency-cruiser/config-utl/extract-ts-config';

/** What dependency-cruiser looks for: import cycles, those of types included. */
const OPTIONS = {
  ruleSet: { forbidden: [{ name: 'cycle', from: {}, to: { circular: true } }] },
  validate: true,
  tsPreCompilationDeps: true,
  doNotFollow: { path: 'node_modules' },
  exclude: { path: '(^|/)(node_modules|dist|test-results)/' },
};

/** Packages are found by their sources, as tests and the type check find them. */
const RESOLVE = {
  exportsFields: ['exports'],
  conditionNames: ['@spanforge/source', 'import', 'node', 'default', 'types'],
  extensionAlias: { '.js': ['.ts', '.js'], '.mjs': ['.mts', '.mjs'] },
};

/** The import cycles of a tree, and how much was looked at. */
export interface ImportCycles {
  /** Each as `a.ts > b.ts`, beginning with its first file in alphabetical order; sorted. */
  readonly found: readonly string[];
  readonly files: number;
  readonly imports: number;
}

/**
 * Finds the import cycles below `root`, in the given folders.
 *
 * @throws {TypeError} when dependency-cruiser answers with text.
 */
export async function findCycles(root: string, folders: readonly string[]): Promise<ImportCycles> {
  const tsConfig = extractTSConfig(join(import.meta.dirname, '../../../tsconfig.json'));
  const options = { ...OPTIONS, baseDir: root };
  const { output } = await cruise([...folders], options, RESOLVE, { tsConfig });
  if (typeof output === 'string') throw new TypeError('expected a result, not a text');
  const cycles = output.summary.violations.map(({ cycle = [] }) =>
    fromFirst(cycle.map(({ name }) => name)).join(' > '),
  );
  return {
    found: [...new Set(cycles)].sort(),
    files: output.summary.totalCruised,
    imports: output.summary.totalDependenciesCruised ?? 0,
  };
}

function fromFirst(cycle: readonly string[]): readonly string[] {
  const first = cycle.indexOf([...cycle].sort()[0] ?? '');
  return [...cycle.slice(first), ...cycle.slice(0, first)];
}

/** The source folders of every package, app and tool. */
export function sourceFolders(root: string): readonly string[] {
  return ['packages', 'apps', 'tooling'].flatMap((group) =>
    readdirSync(join(root, group))
      .sort()
      .map((name) => `${group}/${name}`)
      .filter((folder) => readdirSync(join(root, folder)).includes('src'))
      .map((folder) => `${folder}/src`),
  );
}
