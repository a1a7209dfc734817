import { type ChildProcess, spawn } from 'node:child_process';
import { McpError } from './error.js';
import { createStdioTransport } from './stream-transport.js';
import type { McpTransport } from './transport.js';

const GRACE_MS = 2000;

/** The program of an MCP server. It is started directly, without a shell. */
export interface ProcessTransportOptions {
  readonly command: string;
  readonly args?: readonly string[];
  readonly cwd?: string;
  /**
   * Its whole environment. The environment of this process is not passed unless it is given here.
   */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** `inherit` lets its stderr through; `ignore` when absent. */
  readonly stderr?: 'inherit' | 'ignore';
  /** The longest message in bytes; 16777216 when absent. */
  readonly maxMessageBytes?: number;
  /**
   * How long the server has to end after its input was closed, and again after SIGTERM, in
   * milliseconds; 2000 when absent.
   */
  readonly graceMs?: number;
}

const WHY: Readonly<Record<string, string>> = {
  ENOENT: 'no such command',
  EACCES: 'it may not be executed',
  ENOTDIR: 'a part of its path is not a folder',
};

function notStartedError(command: string, cause: unknown): McpError {
  const code = String((cause as { readonly code?: unknown }).code ?? '');
  const why = WHY[code] ?? (code === '' ? 'it did not start' : code);
  return new McpError('MCP_SERVER_NOT_STARTED', `cannot start the server ${command}: ${why}`, {
    details: { command, ...(code === '' ? {} : { reason: code }) },
    cause,
  });
}

function spawned(child: ChildProcess, command: string): Promise<void> {
  return new Promise((resolve, reject) => {
    child.once('spawn', resolve);
    child.once('error', (cause) => reject(notStartedError(command, cause)));
  });
}

const HAS_GROUPS = process.platform !== 'win32';

/** Signals a server and everything it started: a shell in front of it does not hand signals on. */
function signalTree(child: ChildProcess, signal: 'SIGTERM' | 'SIGKILL'): void {
  const { pid } = child;
  if (pid === undefined) return;
  if (!HAS_GROUPS) {
    spawn('taskkill', ['/pid', String(pid), '/T', '/F'], { stdio: 'ignore' }).on('error', () => {
      child.kill(signal);
    });
    return;
  }
  try {
    process.kill(-pid, signal);
  } catch {
    // Nobody of the group is left.
  }
}

/**
 * Ends a server as the protocol requires: closes its input, then sends SIGTERM, then SIGKILL, each
 * to all of its processes. It has ended when no process holds its output any more; a shell that
 * exited does not show that the server it started has.
 */
async function endProcess(child: ChildProcess, isOver: () => boolean, graceMs: number) {
  if (isOver() || child.pid === undefined) return;
  const over = new Promise<void>((resolve) => child.once('close', () => resolve()));
  child.stdin?.end();
  const timers = [
    setTimeout(() => signalTree(child, 'SIGTERM'), graceMs),
    setTimeout(() => signalTree(child, 'SIGKILL'), 2 * graceMs),
    // A process that still holds the output has left the group; nobody waits for it.
    setTimeout(
      () => {
        child.stdout?.destroy();
        child.stdin?.destroy();
      },
      2 * graceMs + 500,
    ),
  ];
  await over;
  for (const timer of timers) clearTimeout(timer);
}

/**
 * An MCP connection to a server that is started as a child process, in a process group of its own.
 *
 * `start` rejects with {@link McpError} `MCP_SERVER_NOT_STARTED`. The end of its output closes the
 * connection; closing the connection ends the server and everything it started.
 */
export function createProcessTransport(options: ProcessTransportOptions): McpTransport {
  const { command, args = [], cwd, env = {}, stderr = 'ignore', maxMessageBytes } = options;
  let child: ChildProcess | undefined;
  let lines: McpTransport | undefined;
  let over = false;
  const transport: McpTransport = {
    async start() {
      child = spawn(command, [...args], {
        shell: false,
        detached: HAS_GROUPS,
        env: { ...env },
        stdio: ['pipe', 'pipe', stderr],
        ...(cwd === undefined ? {} : { cwd }),
      });
      child.once('close', () => {
        over = true;
      });
      const { stdin: output, stdout: input } = child;
      if (output === null || input === null) {
        throw new McpError('MCP_SERVER_NOT_STARTED', 'the server has no standard streams');
      }
      const size = maxMessageBytes === undefined ? {} : { maxMessageBytes };
      lines = createStdioTransport({ input, output, ...size });
      lines.onmessage = (message, bytes) => transport.onmessage?.(message, bytes);
      lines.onmalformed = () => transport.onmalformed?.();
      lines.onoversized = (message) => transport.onoversized?.(message);
      lines.onerror = (error) => transport.onerror?.(error);
      lines.onclose = () => transport.onclose?.();
      await lines.start();
      await spawned(child, command);
      child.on('error', (error) => transport.onerror?.(error));
    },
    async send(message) {
      if (lines === undefined) throw new McpError('MCP_SERVER_GONE', 'the server is not started');
      await lines.send(message);
    },
    pause: () => lines?.pause?.(),
    resume: () => lines?.resume?.(),
    get pendingBytes() {
      return lines?.pendingBytes ?? 0;
    },
    async close() {
      if (child !== undefined) {
        // Reads the rest of the pipe, because a paused output never closes.
        lines?.resume?.();
        await endProcess(child, () => over, options.graceMs ?? GRACE_MS);
      }
      await lines?.close();
    },
  };
  return transport;
}
