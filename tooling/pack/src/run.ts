import { spawn } from 'node:child_process';

/** How a command ended. */
export interface Ended {
  /** 1 when it did not start, or was ended by a signal. */
  readonly exitCode: number;
  readonly stdout: string;
  /** Both streams, for a person to read. */
  readonly output: string;
}

/**
 * Runs a command to its end, or ends it at the limit. Never rejects.
 *
 * Of the npm settings in the environment only the registry and its certificate are passed on: what
 * pnpm sets for its own scripts is no setting of a user's empty folder.
 */
export function run(
  command: string,
  args: readonly string[],
  directory: string,
  limitMs = 240_000,
): Promise<Ended> {
  return new Promise((resolve) => {
    const child = spawn(command, args, {
      cwd: directory,
      env: cleanEnvironment(),
      timeout: limitMs,
      stdio: ['ignore', 'pipe', 'pipe'],
      shell: process.platform === 'win32',
    });
    let stdout = '';
    let output = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      stdout += text;
      output += text;
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      output += text;
    });
    child.on('error', (error) => resolve({ exitCode: 1, stdout, output: error.message }));
    child.on('close', (code) => resolve({ exitCode: code ?? 1, stdout, output }));
  });
}

function cleanEnvironment(): NodeJS.ProcessEnv {
  const kept = /^npm_config_(registry|cafile|cache)$/i;
  const variables = Object.entries(process.env).filter(
    ([name]) => name !== 'NODE_OPTIONS' && (!/^npm_/i.test(name) || kept.test(name)),
  );
  return Object.fromEntries(variables);
}
