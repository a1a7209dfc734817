/**
 * Writes `src/version.ts` of every package that has one from its package.json, so that records never
 * name a version that does not exist. `npm run version` runs it after the versions were raised.
 */
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

/**
 * The text a package's `src/version.ts` has to have.
 *
 * @param {{ name: string, version: string }} manifest
 */
export function versionFile({ name, version }) {
  const source = `${name.replace('@spanforge/', 'spanforge-')}@${version}`;
  return [
    '/** How records name this package, `name@semver`. Written from package.json; see tooling/bootstrap. */',
    `export const SOURCE = '${source}';`,
    '',
  ].join('\n');
}

/**
 * Every `src/version.ts` there is, with the text it should have.
 *
 * @param {string} root
 * @returns {{ file: string, expected: string }[]}
 */
export function versionFiles(root) {
  return readdirSync(join(root, 'packages'))
    .sort()
    .flatMap((name) => {
      const file = join(root, 'packages', name, 'src/version.ts');
      if (!existsSync(file)) return [];
      const manifest = JSON.parse(
        readFileSync(join(root, 'packages', name, 'package.json'), 'utf8'),
      );
      return [{ file, expected: versionFile(manifest) }];
    });
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const root = fileURLToPath(new URL('../../../', import.meta.url));
  for (const { file, expected } of versionFiles(root)) writeFileSync(file, expected);
}
