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

/**
 * The tenant and project whose evidence a command works on; a registered deployment must know them.
 */
export interface AskedTenancy {
  readonly tenants: readonly string[];
  readonly project?: string;
}

/** The parts of the process that a command may use; read once, by `bin`. */
export interface CommandIo {
  readonly cwd: string;
  /** Version of this package, for `--version` and records. */
  readonly version: string;
  readonly stdout: ProgressStream;
  readonly stderr: ProgressStream;
  /** The values of `--tenant` and `--project`. */
  readonly tenancy?: AskedTenancy;
  /** Whether to colour outcomes on stdout; default no. */
  readonly colour?: boolean;
  /** Where a replay may have threads; otherwise it has this one. */
  readonly threads?: {
    /** What a thread of a replay runs. */
    readonly file: URL;
    /** How many threads the machine runs at the same time. */
    readonly processors: number;
    /** The records of a range; a thread replays one range after another. */
    readonly span?: number;
  };
  /** For commands that run until they are interrupted; absent if there is no process. */
  readonly live?: LiveProcess;
}

/** The process itself, for a command that takes over its streams. */
export interface LiveProcess {
  readonly stdin: Readable;
  readonly stdout: Writable;
  /** Passed to programs that such a command starts. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Calls back once, when the process is asked to end. */
  readonly onStop: (stop: () => void) => void;
}

/** The result of a command, for stdout: text for people and JSON for machines. */
export interface CommandResult {
  readonly exitCode: ExitCode;
  readonly text: string;
  /** In camelCase, or already on the wire: keys are printed in snake_case. */
  readonly json: unknown;
  /** Print nothing: the command has already written its output. */
  readonly silent?: true;
}
