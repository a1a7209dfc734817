import { spawn } from 'node:child_process';
import { GateError } from '../error.js';
import type { CommandOutput, RunCommand } from '../executor.js';

const MAX_OUTPUT = 64 * 1024 * 1024;
const MAX_STDERR = 8192;
/** Variables that a tool needs to find itself and its data; tokens and keys are not among them. */
const PASSED_ON: readonly string[] = [
  ...['PATH', 'HOME', 'LANG', 'LC_ALL', 'TMPDIR', 'TMP', 'TEMP', 'XDG_CACHE_HOME'],
  ...['SystemRoot', 'USERPROFILE', 'PATHEXT', 'VIRTUAL_ENV', 'SSL_CERT_FILE'],
];

function scrubbed(
  env: Readonly<Record<string, string | undefined>>,
): Record<string, string | undefined> {
  return Object.fromEntries(
    PASSED_ON.flatMap((name) => (env[name] === undefined ? [] : [[name, env[name]]])),
  );
}

const failureError = (command: string, reason: string, cause?: unknown): GateError =>
  new GateError('GATE_INPUT_UNREADABLE', `${command}: ${reason}`, {
    details: { command, reason },
    cause,
  });

/**
 * Runs programs without a shell, so that arguments are never interpreted. The environment is
 * reduced, output and time are limited, and child processes are ended with the program.
 *
 * @param env The environment of the caller; `PATH` and a few others are passed on.
 */
export function createRunCommand(env: Readonly<Record<string, string | undefined>>): RunCommand {
  return (command, { cwd, signal, maxBytes = MAX_OUTPUT }) =>
    new Promise<CommandOutput>((resolve, reject) => {
      const [file = '', ...args] = command;
      if (file === '') return reject(failureError('command', 'is empty'));
      const child = spawn(file, args, {
        cwd,
        env: scrubbed(env) as NodeJS.ProcessEnv,
        shell: false,
        detached: true,
        stdio: ['ignore', 'pipe', 'pipe'],
      });
      const chunks: Buffer[] = [];
      let size = 0;
      let stderr = '';
      let fault: GateError | undefined;
      const stop = (reason: string): void => {
        fault ??= failureError(file, reason);
        try {
          if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL');
        } catch {
          child.kill('SIGKILL');
        }
      };
      const onAbort = (): void => stop('took too long');
      signal.addEventListener('abort', onAbort, { once: true });
      if (signal.aborted) onAbort();
      child.stdout.on('data', (chunk: Buffer) => {
        size += chunk.length;
        if (size > maxBytes) stop(`said more than ${maxBytes} bytes`);
        else chunks.push(chunk);
      });
      child.stderr.on('data', (chunk: Buffer) => {
        if (stderr.length < MAX_STDERR) stderr += chunk.toString('utf8').slice(0, MAX_STDERR);
      });
      child.on('error', (cause) => {
        signal.removeEventListener('abort', onAbort);
        reject(failureError(file, 'could not be started', cause));
      });
      child.on('close', (code) => {
        signal.removeEventListener('abort', onAbort);
        if (fault !== undefined) reject(fault);
        else if (code === null) reject(failureError(file, 'was ended by a signal'));
        else resolve({ exitCode: code, stdout: Buffer.concat(chunks), stderr });
      });
    });
}
