import { type ChildProcess, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const PROGRAM = fileURLToPath(new URL('./crash-child.mjs', import.meta.url));

/** How a child is run; calls are numbers, and odd ones need a person. */
export interface CrashOptions {
  readonly folder: string;
  readonly name: string;
  /** Calls that were made before, by a process that was killed. */
  readonly retry: readonly number[];
  /** New calls: `count` of them. */
  readonly from: number;
  readonly count: number;
  readonly inFlight: number;
  /** Where it is to say so and stay, and at which time it gets there, from 1. */
  readonly point?: string;
  readonly nth?: number;
  /** Whether it also tries what must never run. */
  readonly probe?: boolean;
}

/** What a call was answered. */
export interface Answer {
  readonly n: number;
  readonly status: string;
  readonly executed: boolean;
  readonly reasonCode: string;
  readonly reason: string;
  /** Where the last record of the call stands. */
  readonly index: number;
}

/** A process that governs calls, and what it said so far. */
export interface CrashChild {
  readonly process: ChildProcess;
  readonly lines: () => readonly string[];
  /** Resolves with the exit code, null when it was killed. */
  readonly exited: Promise<number | null>;
  /** Resolves when a line begins with this, or when the process is over. */
  said(start: string): Promise<boolean>;
}

/** Starts `crash-child.mjs`. */
export function startCrashChild(options: CrashOptions): CrashChild {
  const child = spawn(process.execPath, [PROGRAM, JSON.stringify({ nth: 1, ...options })], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let output = '';
  const waiting = new Set<() => void>();
  const wake = (): void => {
    for (const look of [...waiting]) look();
  };
  child.stdout.on('data', (chunk) => {
    output += chunk;
    wake();
  });
  let over = false;
  const exited = new Promise<number | null>((resolve) =>
    child.on('close', (code) => {
      over = true;
      wake();
      resolve(code);
    }),
  );
  // A line cut short by the kill was never wholly said.
  const lines = () => output.split('\n').slice(0, -1);
  const said = (start: string): Promise<boolean> =>
    new Promise((resolve) => {
      const look = (): void => {
        const found = lines().some((line) => line.startsWith(start));
        if (!found && !over) return;
        waiting.delete(look);
        resolve(found);
      };
      waiting.add(look);
      look();
    });
  return { process: child, lines, exited, said };
}

/** The answers among the lines of a child, by the word they begin with. */
export function answersIn(
  lines: readonly string[],
  word: 'ACK' | 'OTHER' | 'PROBE',
): readonly Answer[] {
  return lines
    .filter((line) => line.startsWith(`${word} `))
    .map((line) => JSON.parse(line.slice(word.length + 1)) as Answer);
}

/** The calls that were begun to be made. */
export function triedIn(lines: readonly string[]): readonly number[] {
  return lines.flatMap((line) => (line.startsWith('TRY ') ? [Number(line.slice(4))] : []));
}
