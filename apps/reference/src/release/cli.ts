import { spawnSync } from 'node:child_process';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

const BIN = join(
  dirname(createRequire(import.meta.url).resolve('spanforge/package.json')),
  'bin/spanforge.js',
);

/** What one run of the command line came to. */
export interface CliRun {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs `spanforge` in a folder, with the settings that are given and no other of ours. */
export function spanforge(
  folder: string,
  argv: readonly string[],
  settings: Readonly<Record<string, string>> = {},
): CliRun {
  const env = { PATH: process.env.PATH ?? '', NO_COLOR: '1', ...settings };
  const ran = spawnSync(process.execPath, [BIN, ...argv], { cwd: folder, encoding: 'utf8', env });
  return { exitCode: ran.status ?? 1, stdout: ran.stdout, stderr: ran.stderr };
}
