import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { entries, firstCodeBlock } from '@spanforge-tooling/workspace';
import ts from 'typescript';
import { readManifest } from './contents.js';
import { type Ended, run } from './run.js';
import type { Tarball } from './tarballs.js';

/**
 * Imports the root entry and every subpath of an installed package, then requires the root.
 *
 * `./testing` is left out: it needs a test runner, which is the user's to install. A subpath may
 * want for an optional peer, and for nothing else.
 */
export async function loadEntries(tarball: Tarball, folder: string): Promise<readonly string[]> {
  const manifest = await readManifest(tarball);
  const optional = Object.entries(manifest.peerDependenciesMeta ?? {}).flatMap(([name, meta]) =>
    meta.optional ? [name] : [],
  );
  const wanting = ({ output }: Ended): boolean =>
    optional.some((name) => output.includes(`Cannot find package '${name}'`));
  const subpaths = entries(manifest)
    .map(({ subpath }) => subpath)
    .filter((subpath) => subpath !== './testing');
  const statements = [
    ...subpaths.map((subpath) => `await import('${tarball.name}${subpath.slice(1)}')`),
    `(await import('node:module')).createRequire(process.cwd() + '/')('${tarball.name}')`,
  ];
  const runs = statements.map(async (statement) => {
    const args = ['--input-type=module', '--eval', statement];
    const ended = await run(process.execPath, args, folder, 60_000);
    const isSubpath = statement.includes(`import('${tarball.name}/`);
    return isSubpath && wanting(ended) ? [] : failureOf(statement, ended);
  });
  return (await Promise.all(runs)).flat();
}

/** Runs every command the package brings, asking for its version. */
export async function runCommands(tarball: Tarball, folder: string): Promise<readonly string[]> {
  const names = Object.keys((await readManifest(tarball)).bin ?? {});
  const runs = names.map(async (name) => {
    const command = join(folder, 'node_modules/.bin', name);
    return failureOf(name, await run(command, ['--version'], folder, 60_000));
  });
  return (await Promise.all(runs)).flat();
}

const BUNDLE = {
  ...{ policy_id: 'packed', version: '1', environment: 'prod', owner: 'tests' },
  effective_at: '2026-01-01T00:00:00Z',
  rules: [{ rule_id: 'r', service: 'sf_govern', control: 'tool_call', action: 'block' }],
};

/** The command line replays a log in threads: each runs a file of the package. */
export async function replayInThreads(folder: string): Promise<readonly string[]> {
  await writeFile(join(folder, 'packed.json'), JSON.stringify(BUNDLE));
  const failures: string[] = [];
  for (const line of ['init', 'policy replay packed.json --threads 2']) {
    const command = join(folder, 'node_modules/.bin/spanforge');
    const ended = await run(command, line.split(' '), folder, 60_000);
    failures.push(...failureOf(line, ended));
    if (line !== 'init' && !ended.output.includes(', 2 threads')) failures.push('no threads');
  }
  return failures;
}

/** The packages of ours that the program at the top of the README uses and this one does not need. */
export async function besideReadme(tarball: Tarball): Promise<readonly string[]> {
  const block = firstCodeBlock(await readFile(join(tarball.unpacked, 'README.md'), 'utf8'));
  return block !== undefined && /from 'spanforge'/.test(block.code) && tarball.name !== 'spanforge'
    ? ['spanforge']
    : [];
}

/**
 * Runs the program at the top of the packed README where the package is installed.
 *
 * It must end by itself with exit code 0, having printed something. A command line's README may
 * begin with a shell session instead, which is not run.
 */
export async function runReadme(tarball: Tarball, folder: string): Promise<readonly string[]> {
  const block = firstCodeBlock(await readFile(join(tarball.unpacked, 'README.md'), 'utf8'));
  if (block?.language !== 'ts') {
    const { bin } = await readManifest(tarball);
    return bin === undefined ? ['the README does not begin with a ts program'] : [];
  }
  const { outputText } = ts.transpileModule(block.code, {
    compilerOptions: { target: ts.ScriptTarget.ES2023, module: ts.ModuleKind.ESNext },
  });
  await writeFile(join(folder, 'readme.mjs'), outputText);
  const ended = await run(process.execPath, ['readme.mjs'], folder, 60_000);
  const silent = ended.exitCode === 0 && ended.stdout.trim() === '';
  return silent ? ['the README program printed nothing'] : failureOf('the README program', ended);
}

function failureOf(what: string, { exitCode, output }: Ended): readonly string[] {
  return exitCode === 0 ? [] : [`${what} ended with ${exitCode}: ${output.trim()}`];
}
