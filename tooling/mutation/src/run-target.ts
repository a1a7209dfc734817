import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { LogLevel } from '@stryker-mutator/api/core';
import { Stryker } from '@stryker-mutator/core';
import { type Mutant, readMutants } from './mutant.js';
import type { Target } from './targets.js';

/** What every sandbox holds beside the package: how its tests are run. */
const SHARED = [
  'package.json',
  'tsconfig.base.json',
  'vitest.base.ts',
  'vitest.seed.ts',
  'tooling/workspace/src/leftovers.ts',
  'tooling/workspace/src/process-state.ts',
  'tooling/mutation/package.json',
  'tooling/mutation/vitest.config.ts',
  'tooling/mutation/src/no-shrinking.ts',
];

export interface RunOptions {
  /** Mutants whose code and tests have not changed keep their last answer. */
  readonly incremental: boolean;
  readonly quiet?: boolean;
}

/** Runs a target's tests over each of its mutants, in a copy of the package. */
export async function runTarget(
  root: string,
  target: Target,
  { incremental, quiet = false }: RunOptions,
): Promise<readonly Mutant[]> {
  const { name, folder } = target;
  for (const file of [...target.mutate, ...target.tests]) {
    if (!existsSync(join(root, folder, file))) throw new Error(`${folder} has no ${file}`);
  }
  process.chdir(root);
  const stryker = new Stryker({
    mutate: target.mutate.map((file) => `${folder}/${file}`),
    ignorePatterns: leftOut(target),
    testRunner: 'vitest',
    plugins: [import.meta.resolve('@stryker-mutator/vitest-runner')],
    vitest: { configFile: 'tooling/mutation/vitest.config.ts', related: false },
    coverageAnalysis: 'perTest',
    // What is worked out once, when a module loads, is mostly sentences; it would ask every test.
    ignoreStatic: true,
    concurrency: 1,
    incremental,
    force: !incremental,
    incrementalFile: `tooling/mutation/.mutants/${name}.json`,
    tempDirName: 'tooling/mutation/.sandbox',
    disableTypeChecks: false,
    timeoutMS: 15_000,
    reporters: quiet ? [] : ['progress-append-only', 'event-recorder'],
    eventReporter: { baseDir: `tooling/mutation/.mutants/${name}` },
    logLevel: (quiet ? 'off' : 'warn') as LogLevel,
    allowConsoleColors: false,
  });
  return readMutants(root, folder, await stryker.runMutationTest());
}

/** Leaves out of the copy all but the package, and of its tests those that do not judge. */
function leftOut({ folder, tests, reads = [] }: Target): string[] {
  const own = ['package.json', 'tsconfig.json', 'src/**', ...reads].map(
    (file) => `${folder}/${file}`,
  );
  const kept = (files: readonly string[]) => files.map((file) => `!/${file}`);
  const judges = tests.map((file) => `${folder}/${file}`);
  return ['**', ...kept([...SHARED, ...own]), `/${folder}/src/**/*.test.ts`, ...kept(judges)];
}
