/**
 * `npm run test:one -- packages/scope decide`: the tests of one package, or of one of its files,
 * against the sources of the others. Further words are handed to vitest.
 */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../../../', import.meta.url));
const [folder = '', ...words] = process.argv.slice(2);
const place = ['', 'packages', 'apps', 'tooling']
  .map((group) => join(root, group, folder))
  .find((path) => folder !== '' && existsSync(join(path, 'vitest.config.ts')));

if (place === undefined) {
  console.error('usage: npm run test:one -- <package folder> [part of a file name] [-t test name]');
  process.exitCode = 2;
} else {
  const vitest = join(place, 'node_modules/vitest/vitest.mjs');
  const args = [vitest, 'run', ...words];
  process.exitCode =
    spawnSync(process.execPath, args, { cwd: place, stdio: 'inherit' }).status ?? 1;
}
