import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const PROGRAM = fileURLToPath(new URL('./append-child.mjs', import.meta.url));

/** True when `strace` exists and may trace: without it those tests are skipped. */
export const canTrace = spawnSync('strace', ['-o', '/dev/null', 'true']).status === 0;

/** A process that appends, and what it said so far. */
export interface Child {
  readonly process: ChildProcess;
  readonly lines: () => readonly string[];
  /** Resolves with the exit code, null when it was killed. */
  readonly exited: Promise<number | null>;
}

/** How a child is run. */
export interface ChildOptions {
  readonly path: string;
  readonly name: string;
  /** 0 for endless. */
  readonly appends: number;
  readonly inFlight: number;
  /** A command to run it under, such as `strace` with its options. */
  readonly under?: readonly string[];
}

/** Starts `append-child.mjs`. */
export function startChild(options: ChildOptions): Child {
  const { path, name, appends, inFlight, under = [] } = options;
  const command = [...under, process.execPath, PROGRAM, path, name, `${appends}`, `${inFlight}`];
  const child = spawn(command[0] ?? '', command.slice(1), { stdio: ['ignore', 'pipe', 'inherit'] });
  let output = '';
  child.stdout?.on('data', (chunk) => {
    output += chunk;
  });
  const exited = new Promise<number | null>((resolve) => child.on('close', resolve));
  // A line cut short by the kill was never wholly said.
  const lines = () => output.split('\n').slice(0, -1);
  return { process: child, lines, exited };
}

/** The acknowledged appends a child named, with the index of each one's first record. */
export function acknowledged(lines: readonly string[]): ReadonlyMap<string, number> {
  const found = lines.map((line) => /^ACK (\S+) (\d+)$/.exec(line));
  return new Map(found.flatMap((match) => (match ? [[match[1] ?? '', Number(match[2])]] : [])));
}
