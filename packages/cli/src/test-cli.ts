import { mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach } from 'vitest';
import { createProgram } from './program.js';

/** What a command printed and how it ended. */
export interface CliRun {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
  /** The document on stdout; parsing it fails the test when there is not exactly one. */
  json(): Readonly<Record<string, unknown>>;
}

/** Runs the command line in a folder, as `bin` would, with nobody looking unless told otherwise. */
export async function runCli(
  cwd: string,
  argv: readonly string[],
  isTTY: boolean = false,
): Promise<CliRun> {
  const written = { stdout: '', stderr: '' };
  const stream = (name: 'stdout' | 'stderr') => ({
    isTTY,
    write: (text: string) => {
      written[name] += text;
    },
  });
  const program = createProgram({
    cwd,
    version: '1.2.3',
    stdout: stream('stdout'),
    stderr: stream('stderr'),
  });
  const exitCode = await program(argv);
  return { exitCode, ...written, json: () => JSON.parse(written.stdout) };
}

/** A temporary folder of each test's own, and the command line in it. */
export function useFolder() {
  let folder = '';
  beforeEach(() => {
    folder = realpathSync(mkdtempSync(join(tmpdir(), 'spanforge-cli-')));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));
  return {
    path: (...parts: readonly string[]): string => join(folder, ...parts),
    run: (...argv: readonly string[]): Promise<CliRun> => runCli(folder, argv),
    runOnTerminal: (...argv: readonly string[]): Promise<CliRun> => runCli(folder, argv, true),
  };
}
