import type { Readable, Writable } from 'node:stream';
import type { ProgressStream } from './output/progress.js';

/** Exit codes of every command. */
export const EXIT = {
  ok: 0,
  /** A policy, gate or verification failed. */
  failed: 1,
  /** Usage, configuration or input and output. */
  usage: 2,
  /** Unsupported, incomplete, untrusted or not found. */
  incomplete: 3,
} as const;

/** An exit code of a command. */
export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/** Whose evidence a command works on; every tenant that is named must be admitted. */
export interface AskedTenancy {
  readonly tenants: readonly string[];
  readonly project?: string;
}

/** What a command may touch of the process; read once, by `bin`. */
export interface CommandIo {
  readonly cwd: string;
  /** Version of this package: `--version` prints it and records name it. */
  readonly version: string;
  readonly stdout: ProgressStream;
  readonly stderr: ProgressStream;
  /** Whose evidence the command was told to work on, by `--tenant` and `--project`. */
  readonly tenancy?: AskedTenancy;
  /** Outcomes on stdout are coloured; not when absent. */
  readonly colour?: boolean;
  /** For commands that serve until they are told to stop; absent where there is no process. */
  readonly live?: LiveProcess;
}

/** The process itself, for a command that takes it over. */
export interface LiveProcess {
  readonly stdin: Readable;
  readonly stdout: Writable;
  /** Handed to the programs such a command starts. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Calls back once, when the process is asked to end. */
  readonly onStop: (stop: () => void) => void;
}

/** What a command answers: data for stdout, as text for people and as JSON for machines. */
export interface CommandResult {
  readonly exitCode: ExitCode;
  readonly text: string;
  /** In camelCase or on the wire already: keys are written in snake_case. */
  readonly json: unknown;
  /** Nothing is printed: what the command had to say it has said. */
  readonly silent?: true;
}
