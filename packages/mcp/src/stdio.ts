import { type ChildProcess, spawn } from 'node:child_process';
import type { Readable, Writable } from 'node:stream';
import { McpError } from './error.js';
import { createLineReader, writeLine } from './lines.js';
import type { McpTransport } from './transport.js';

const MAX_BYTES = 16 * 1024 * 1024;
const GRACE_MS = 2000;

/** Where messages of one line each come from and go to. */
export interface StdioTransportOptions {
  readonly input: Readable;
  readonly output: Writable;
  /** The longest message in bytes; 16777216 when absent. A longer one is refused, not cut. */
  readonly maxMessageBytes?: number;
}

function write(output: Writable, message: unknown): Promise<void> {
  return new Promise((resolve, reject) => {
    output.write(writeLine(message), (error) => (error ? reject(error) : resolve()));
  });
}

/**
 * An MCP connection over two streams, one JSON message a line, in the form of the stdio transport
 * of the protocol. Closing it ends the output and stops reading the input.
 */
export function createStdioTransport(options: StdioTransportOptions): McpTransport {
  const { input, output, maxMessageBytes = MAX_BYTES } = options;
  let closed = false;
  let onData: (chunk: Uint8Array | string) => void = () => undefined;
  const end = (): void => {
    if (closed) return;
    closed = true;
    // An input that is still read would keep the process alive.
    input.off('data', onData);
    input.pause();
    transport.onclose?.();
  };
  const transport: McpTransport = {
    async start() {
      const read = createLineReader(maxMessageBytes, {
        message: (value) => transport.onmessage?.(value),
        malformed(error) {
          transport.onerror?.(error);
          transport.onmalformed?.();
        },
      });
      onData = (chunk) => {
        if (!closed) read(typeof chunk === 'string' ? Buffer.from(chunk) : chunk);
      };
      input.on('data', onData);
      input.on('end', end);
      input.on('close', end);
      for (const stream of [input, output]) {
        stream.on('error', (error: Error) => {
          transport.onerror?.(error);
          end();
        });
      }
    },
    async send(message) {
      if (closed) throw new McpError('MCP_SERVER_GONE', 'the connection is closed');
      await write(output, message);
    },
    async close() {
      if (closed) return;
      output.end();
      end();
    },
  };
  return transport;
}

/** The program an MCP server is. It is started as it is: there is no shell. */
export interface ProcessTransportOptions {
  readonly command: string;
  readonly args?: readonly string[];
  readonly cwd?: string;
  /** All of its environment; that of this process is not handed on unless it is given here. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** `inherit` lets what it says on stderr through; `ignore` when absent. */
  readonly stderr?: 'inherit' | 'ignore';
  /** The longest message in bytes; 16777216 when absent. */
  readonly maxMessageBytes?: number;
}

function spawned(child: ChildProcess): Promise<void> {
  return new Promise((resolve, reject) => {
    child.once('spawn', resolve);
    child.once('error', (cause) => {
      reject(new McpError('MCP_SERVER_NOT_STARTED', 'the server cannot be started', { cause }));
    });
  });
}

/** Ends a process the way the protocol asks for: its input first, then signals. */
async function endProcess(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  child.stdin?.end();
  const terminate = setTimeout(() => child.kill('SIGTERM'), GRACE_MS);
  const kill = setTimeout(() => child.kill('SIGKILL'), 2 * GRACE_MS);
  await exited;
  clearTimeout(terminate);
  clearTimeout(kill);
}

/**
 * An MCP connection to a server that is started as a child process.
 *
 * `start` rejects with {@link McpError} `MCP_SERVER_NOT_STARTED`. Its exit closes the connection.
 */
export function createProcessTransport(options: ProcessTransportOptions): McpTransport {
  const { command, args = [], cwd, env = {}, stderr = 'ignore', maxMessageBytes } = options;
  let child: ChildProcess | undefined;
  let lines: McpTransport | undefined;
  const transport: McpTransport = {
    async start() {
      child = spawn(command, [...args], {
        shell: false,
        env: { ...env },
        stdio: ['pipe', 'pipe', stderr],
        ...(cwd === undefined ? {} : { cwd }),
      });
      const { stdin: output, stdout: input } = child;
      if (output === null || input === null) {
        throw new McpError('MCP_SERVER_NOT_STARTED', 'the server has no standard streams');
      }
      const size = maxMessageBytes === undefined ? {} : { maxMessageBytes };
      lines = createStdioTransport({ input, output, ...size });
      lines.onmessage = (message) => transport.onmessage?.(message);
      lines.onmalformed = () => transport.onmalformed?.();
      lines.onerror = (error) => transport.onerror?.(error);
      lines.onclose = () => transport.onclose?.();
      await lines.start();
      await spawned(child);
      child.on('error', (error) => transport.onerror?.(error));
    },
    async send(message) {
      if (lines === undefined) throw new McpError('MCP_SERVER_GONE', 'the server is not started');
      await lines.send(message);
    },
    async close() {
      if (child !== undefined) await endProcess(child);
      await lines?.close();
    },
  };
  return transport;
}
