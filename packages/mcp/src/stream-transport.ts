import type { Readable, Writable } from 'node:stream';
import { McpError } from './error.js';
import { createLineReader, writeLine } from './lines.js';
import type { McpTransport } from './transport.js';

const MAX_BYTES = 16 * 1024 * 1024;
const FIRST_SIP_MS = 100;
const LAST_SIP_MS = 5000;
const MAX_SIPPED_BYTES = 64 * 1024 * 1024;

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
 * Reads one buffer of a paused input now and then, less and less often. The end of an input comes
 * after everything unread, so without this a paused side would never be seen to have gone.
 */
function createSips(input: Readable): { start(): void; stop(): void } {
  let timer: NodeJS.Timeout | undefined;
  const sipAfter = (ms: number, sipped: number): void => {
    timer = setTimeout(() => {
      const chunk: Uint8Array | string | null = input.read();
      const total = sipped + (chunk?.length ?? 0);
      if (timer === undefined || total > MAX_SIPPED_BYTES) return;
      sipAfter(Math.min(ms * 1.5, LAST_SIP_MS), total);
    }, ms);
    timer.unref();
  };
  return {
    start() {
      if (timer === undefined) sipAfter(FIRST_SIP_MS, 0);
    },
    stop() {
      clearTimeout(timer);
      timer = undefined;
    },
  };
}

/**
 * An MCP connection over two streams, one JSON message a line, in the form of the stdio transport
 * of the protocol. Closing it ends the output and stops reading the input.
 */
export function createStdioTransport(options: StdioTransportOptions): McpTransport {
  const { input, output, maxMessageBytes = MAX_BYTES } = options;
  let closed = false;
  let onData: (chunk: Uint8Array | string) => void = () => undefined;
  const sips = createSips(input);
  const end = (): void => {
    if (closed) return;
    closed = true;
    // An input that is still read would keep the process alive.
    input.off('data', onData);
    input.pause();
    sips.stop();
    transport.onclose?.();
  };
  const transport: McpTransport = {
    async start() {
      const read = createLineReader(maxMessageBytes, {
        message: (value, bytes) => transport.onmessage?.(value, bytes),
        malformed(error) {
          transport.onerror?.(error);
          transport.onmalformed?.();
        },
        oversized(message) {
          const details = { maxBytes: maxMessageBytes };
          const text = `a message is longer than ${maxMessageBytes} bytes`;
          transport.onerror?.(new McpError('MCP_MESSAGE_TOO_LARGE', text, { details }));
          if (transport.onoversized) transport.onoversized(message);
          else transport.onmalformed?.();
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
    pause() {
      if (closed) return;
      input.pause();
      sips.start();
    },
    resume() {
      sips.stop();
      if (!closed) input.resume();
    },
    get pendingBytes() {
      return output.writableLength;
    },
    async close() {
      if (closed) return;
      output.end();
      end();
    },
  };
  return transport;
}
