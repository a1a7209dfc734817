import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { readWorkspace, repositoryRoot } from '@spanforge-tooling/workspace';
import { describe, expect, it } from 'vitest';
import { resolveConfig } from 'vitest/node';

const root = repositoryRoot();
const seed = join(root, 'vitest.seed.ts');
const guard = join(root, 'tooling/workspace/src/leftovers.ts');
const configured = readWorkspace(root, ['packages', 'apps', 'tooling'])
  .filter(({ directory }) => existsSync(join(directory, 'vitest.config.ts')))
  .map(({ folder, directory }) => [folder, directory] as const);

/** What runs before each test file of a package, or of each project that its configuration has. */
async function setupFiles(directory: string): Promise<readonly (readonly string[])[]> {
  const config = join(directory, 'vitest.config.ts');
  const { vitestConfig } = await resolveConfig({ root: directory, config });
  if (vitestConfig.projects === undefined) return [vitestConfig.setupFiles];
  return Promise.all(
    vitestConfig.projects.map(async (project) => {
      if (typeof project !== 'object') throw new TypeError(`a project elsewhere: ${project}`);
      const resolved = await resolveConfig({ root: directory, config: false }, await project);
      return resolved.vitestConfig.setupFiles;
    }),
  );
}

describe('properties draw the same examples in every run, and no file leaves its process changed, of', () => {
  it.each(configured)('%s', async (_, directory) => {
    for (const files of await setupFiles(directory)) {
      expect(files).toEqual(expect.arrayContaining([seed, guard]));
    }
  });
});
