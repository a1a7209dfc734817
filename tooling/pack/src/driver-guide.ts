import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { type Ended, run } from './run.js';

/** What the guide installs to test with, and of whom this workspace has it. */
const TOOLS = { vitest: 'tooling/pack', 'fast-check': 'packages/core-events' } as const;

/**
 * Writes the files of the guide into a folder below the packed packages, and runs its suite there.
 * The test runner is that of this workspace: what is tried is the packed suite and the guide's driver.
 */
export async function runDriverSuite(
  root: string,
  shop: string,
  files: ReadonlyMap<string, string>,
): Promise<Ended> {
  const folder = join(shop, 'driver');
  const modules = join(folder, 'node_modules');
  await mkdir(modules, { recursive: true });
  await writeFile(join(folder, 'package.json'), '{ "type": "module" }\n');
  for (const [name, owner] of Object.entries(TOOLS)) {
    const { resolve } = createRequire(join(root, owner, 'package.json'));
    await symlink(dirname(resolve(`${name}/package.json`)), join(modules, name), 'junction');
  }
  for (const [name, text] of files) await writeFile(join(folder, name), text);
  const runner = join(modules, 'vitest', 'vitest.mjs');
  return run(
    process.execPath,
    [runner, 'run', '--reporter=json', '--testTimeout=120000'],
    folder,
    300_000,
  );
}
