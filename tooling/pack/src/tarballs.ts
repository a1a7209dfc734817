import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { run } from './run.js';

/** The packed form of one package. */
export interface Tarball {
  readonly name: string;
  /** Absolute path of the .tgz. */
  readonly path: string;
  /** The folder its files are unpacked to. */
  readonly unpacked: string;
  /** Paths of its files, seen from there. */
  readonly files: readonly string[];
}

/**
 * Packs every package below `packages/` into a folder, and unpacks each beside it.
 *
 * @throws {Error} when pnpm or tar fails.
 */
export async function packAll(root: string, destination: string): Promise<readonly Tarball[]> {
  const { packageManager } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8'));
  const options = ['-r', '--filter', './packages/*', 'pack', '--json'];
  const packed = await run(
    'npx',
    ['-y', packageManager, ...options, '--pack-destination', destination],
    root,
  );
  if (packed.exitCode !== 0) throw new Error(`pnpm pack failed: ${packed.output}`);
  const listed: readonly { name: string; filename: string; files: { path: string }[] }[] =
    JSON.parse(packed.stdout);
  return Promise.all(
    listed.map(async ({ name, filename }) => {
      const folder = `${filename.replace(/\.tgz$/, '')}`;
      await mkdir(folder);
      await mustRun('tar', ['-xzf', filename, '-C', folder], destination);
      const entries = await mustRun('tar', ['-tzf', filename], destination);
      const files = entries.split('\n').filter((path) => path !== '' && !path.endsWith('/'));
      return {
        name,
        path: filename,
        unpacked: join(folder, 'package'),
        files: files.map((path) => path.replace(/^package\//, '')),
      };
    }),
  );
}

async function mustRun(command: string, args: readonly string[], cwd: string): Promise<string> {
  const { exitCode, stdout, output } = await run(command, args, cwd);
  if (exitCode !== 0) throw new Error(`${command} failed: ${output}`);
  return stdout;
}
